using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Runs of models whose prompt comes in several ways, and sites within sites.</summary>
[TestClass]
public sealed class PromptRunTests
{
    private static readonly double[] s_timesteps = [900, 800, 700, 600, 500, 400];

    private static readonly PyramidAttentionBroadcastConfig s_computing = new() { CrossAttentionBlockSkipRange = 1 };

    private static readonly FasterCacheConfig s_faster = new()
    {
        TensorFormat = TensorFormat.BCHW,
        SpatialAttentionBlockSkipRange = null,
        UnconditionalBatchSkipRange = 3,
        UnconditionalBatchTimestepSkipRange = (-1, 1000),
    };

    [TestMethod]
    public void Sites_WithinSites_AreLeftOutWithTheInnermost()
    {
        using var model = new Prompted();
        Assert.AreSequenceEqual(
            [("block.attn2", null), ("block.attn2.inner.to_k", "block.attn2")],
            model.CacheSites.Select(site => (site.Name, site.LeftOutWith)));
    }

    [TestMethod]
    public void Prompt_OfSeveralTensorsSomeMissing_IsComparedWhole()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var (first, second) = (randn(2, 4), randn(2, 4));
        (Tensor Prompt, Tensor? More)[] calls = [(first, null), (first, null), (first, second), (first, second), (second, second), (first.clone(), null)];
        var latents = randn(2, 4, 3, 2);
        var expected = calls.Select(call => model.forward(latents, call.Prompt, call.More)).ToList();
        model.EnableCache(s_computing);
        // A missing tensor is as much of an input's form as its shape is, so each form is a run of its own.
        foreach (var (from, cells) in new[] { (0, "CR"), (2, "CRc"), (5, "c") })
        {
            using var run = model.BeginRun(s_timesteps, GuidanceLayout.None);
            for (var call = from; call < from + cells.Length; call++)
            {
                var output = model.forward(latents, calls[call].Prompt, calls[call].More);
                Assert.IsTrue(output.equal(expected[call]).all().item<bool>(), $"call {call}");
            }
            Assert.AreEqual(cells, Cells(run.Recorded()));
        }
    }

    [TestMethod]
    [DataRow(1L, "CRRRRR")]
    [DataRow(2L, "CRRRRR")]
    public void FasterCache_WithOnePromptForTheBatchOrOneForEach_GivesWhatComputingGives(long rows, string cells)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var (latents, prompt) = (s_timesteps.Select(_ => randn(2, 4, 3, 2)).ToArray(), randn(rows, 4));
        AssertClose(Run(s_faster with { ReusePromptProjections = false }), Run(s_faster, cells));

        List<Tensor> Run(CacheConfig config, string? expected = null)
        {
            model.EnableCache(config);
            using var run = model.BeginRun(s_timesteps, GuidanceLayout.Batched);
            List<Tensor> outputs = [.. latents.Select(each => model.forward(each, prompt, null))];
            if (expected is not null)
                Assert.AreEqual(expected, Cells(run.Recorded()));
            model.DisableCache();
            return outputs;
        }
    }

    /// <summary>Where only one of two is halved, what is kept says nothing of the half.</summary>
    [TestMethod]
    public void FasterCache_WithAPromptOfWhichAPartIsHalved_Computes()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var (latents, prompt, more) = (s_timesteps.Select(_ => randn(2, 4, 3, 2)).ToArray(), randn(2, 4), randn(1, 4));
        List<Tensor>[] runs = [.. new[] { false, true }.Select(reuses =>
        {
            model.EnableCache(s_faster with { ReusePromptProjections = reuses });
            using var run = model.BeginRun(s_timesteps, GuidanceLayout.Batched);
            List<Tensor> outputs = [.. latents.Select(each => model.forward(each, prompt, more))];
            // 0 and 3 are full.
            Assert.AreEqual(reuses ? "CccRcc" : "cccccc", Cells(run.Recorded()));
            model.DisableCache();
            return outputs;
        })];
        AssertClose(runs[0], runs[1]);
    }

    [TestMethod]
    public void CallbackRun_OfTwoGenerations_ComputesThePromptOfEach()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var timestep = 0.0;
        model.EnableCache(s_computing with { CurrentTimestepCallback = () => timestep });
        var latents = randn(2, 4, 3, 2);
        foreach (var prompt in new[] { randn(2, 4), randn(2, 4) })
        {
            var calls = model.block.attn2.inner.to_k.Calls;
            foreach (var step in s_timesteps)
            {
                timestep = step;
                model.forward(latents, prompt, null);
            }
            Assert.AreEqual(calls + 1, model.block.attn2.inner.to_k.Calls);
            Assert.AreEqual("CRRRRR", Cells(model.CurrentRun!.Recorded()));
        }
    }

    [TestMethod]
    public void InferenceMode_OfTheFirstForwardOnly_IsNoHindrance()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var (latents, prompt) = (randn(2, 4, 3, 2), randn(2, 4));
        model.EnableCache(s_computing);
        using var run = model.BeginRun(s_timesteps, GuidanceLayout.None);
        using (inference_mode(true))
            model.forward(latents, prompt, null);
        model.forward(latents, prompt, null);
        prompt.Plus_(1);
        model.forward(latents, prompt, null);
        model.forward(latents, prompt, null);
        Assert.AreEqual("CRCR", Cells(run.Recorded()));
    }

    [TestMethod]
    public void Forward_ThatFails_FreesThePromptToo()
    {
        using var noGradient = no_grad();
        using var model = Model();
        using var latents = randn(2, 4, 3, 2);
        using var prompt = randn(2, 4);
        var before = LiveTensors.CountAtStart();
        model.EnableCache(s_computing);
        using (var run = model.BeginRun(s_timesteps, GuidanceLayout.None))
        {
            model.forward(latents, prompt, null).Dispose();
            model.block.attn2.inner.to_k.Interrupt = () => throw new InvalidDataException("in the middle");
            prompt.Times_(2);
            Assert.ThrowsExactly<InvalidDataException>(() => model.forward(latents, prompt, null));
            Assert.AreEqual(0, run.HistoryBytes);
            model.block.attn2.inner.to_k.Interrupt = null;
            run.Reset();
            model.forward(latents, prompt, null).Dispose();
        }
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    private static Prompted Model()
    {
        manual_seed(3);
        return new Prompted();
    }

    private static string Cells(CachePlan plan) => string.Concat(plan.Rows.Select(row => row.Cells[1] switch
    {
        { Action: SiteAction.Compute, Stores: true } => 'C',
        { Action: SiteAction.Compute } => 'c',
        { Action: SiteAction.Reuse } => 'R',
        _ => '-',
    }));

    private static void AssertClose(List<Tensor> expected, List<Tensor> actual)
    {
        Assert.HasCount(expected.Count, actual);
        for (var i = 0; i < expected.Count; i++)
            Assert.IsTrue(expected[i].allclose(actual[i], 1e-5, 1e-6), $"forward {i} differs");
    }
}

internal sealed class CountingLinear : Module<Tensor, Tensor>
{
    private readonly Linear layer = Linear(4, 4);

    public CountingLinear()
        : base(nameof(CountingLinear)) => RegisterComponents();

    public Action? Interrupt { get; set; }

    public int Calls { get; private set; }

    [NoSideEffects]
    public override Tensor forward(Tensor input)
    {
        Calls++;
        Interrupt?.Invoke();
        return layer.call(input);
    }
}

/// <summary>A block two modules deep in a site.</summary>
[PromptProjection(nameof(to_k))]
internal sealed partial class PromptedAttention : Module<Tensor, Tensor, Tensor>
{
    public readonly CountingLinear to_k = new();

    public PromptedAttention()
        : base(nameof(PromptedAttention)) => RegisterComponents();

    [NoSideEffects]
    public override partial Tensor forward(Tensor hidden, Tensor prompt);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor prompt)
    {
        var key = to_k.call(prompt);
        return hidden * key.view(-1, 4, 1, 1);
    }
}

internal sealed class PromptedShell : Module<Tensor, Tensor, Tensor>
{
    public readonly PromptedAttention inner = new();

    public PromptedShell()
        : base(nameof(PromptedShell)) => RegisterComponents();

    [NoSideEffects]
    public override Tensor forward(Tensor hidden, Tensor prompt) => inner.call(hidden, prompt);
}

[CrossAttention(nameof(attn2))]
internal sealed partial class PromptedBlock : Module<Tensor, Tensor, Tensor>
{
    public readonly PromptedShell attn2 = new();

    public PromptedBlock()
        : base(nameof(PromptedBlock)) => RegisterComponents();

    public override partial Tensor forward(Tensor hidden, Tensor prompt);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor prompt)
    {
        var crossed = attn2.forward(hidden, prompt);
        return hidden.Plus(crossed);
    }
}

/// <summary>A model whose prompt is one tensor or the sum of two.</summary>
[CacheableModel]
internal sealed partial class Prompted : Module<Tensor, Tensor, Tensor?, Tensor>
{
    public readonly PromptedBlock block = new();

    public Prompted()
        : base(nameof(Prompted))
    {
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward([GuidanceBatch] Tensor latents, [GuidanceBatch, Prompt] Tensor prompt, [Prompt] Tensor? more);

    [CachedForward]
    private Tensor Compute(Tensor latents, Tensor prompt, Tensor? more)
    {
        using var scope = NewDisposeScope();
        return block.call(latents, more is null ? prompt : prompt.Plus(more)).MoveToOuterDisposeScope();
    }
}
