using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Runs that begin by themselves, with timesteps from a callback: what their calls say, and what is refused.</summary>
[TestClass]
public sealed class CallbackRunTests
{
    private static readonly double[] Timesteps = [900, 800, 700, 600, 500, 400];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _noGradient = no_grad();

    public static IEnumerable<object[]> Configs => [[Denoising.Pyramid], [Denoising.Faster]];

    private double Current { get; set; }

    private PyramidAttentionBroadcastConfig Config => new()
    {
        SpatialAttentionBlockSkipRange = 4,
        SpatialAttentionTimestepSkipRange = (-1, 1000),
        CurrentTimestepCallback = () => Current,
    };

    [TestCleanup]
    public void Cleanup()
    {
        _noGradient.Dispose();
        _scope.Dispose();
    }

    [TestMethod]
    public void Forward_SequentialOutsideOfAContext_IsRefusedAtTheFirstCall()
    {
        using var model = new TinyGuided();
        model.EnableCache(Config);
        var (hidden, text) = (rand(1, 2, 4), rand(1, 2, 4));
        Current = 900;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.forward(hidden, text));
        Assert.Contains("timestep 900", error.Message);
        Assert.Contains("CacheContext(\"cond\")", error.Message);
        using (model.CacheContext("cond"))
            model.forward(hidden, text);
    }

    [TestMethod]
    public void Forward_SequentialInContexts_GivesEachCallItsOwnAttention()
    {
        using var model = new TinyGuided();
        var text = rand(1, 2, 4);
        var latents = Timesteps.Select(_ => rand(1, 2, 4)).ToArray();
        model.EnableCache(Config);
        var alone = new[] { text, null }.Select((condition, i) =>
        {
            using var context = model.CacheContext($"alone {i}");
            return Timesteps.Select((timestep, step) => Forward(model, timestep, latents[step], condition)).ToArray();
        }).ToArray();
        for (var step = 0; step < Timesteps.Length; step++)
        {
            using (model.CacheContext("cond"))
                AssertSame(alone[0][step], Forward(model, Timesteps[step], latents[step], text));
            using (model.CacheContext("uncond"))
                AssertSame(alone[1][step], Forward(model, Timesteps[step], latents[step], null));
        }
    }

    [TestMethod]
    public void Forward_ASecondTimeInAStepOnAnotherPrompt_IsRefusedAndTheRunGoesOn()
    {
        using var model = Denoising.Model();
        using var fresh = Denoising.Model();
        model.EnableCache(Config);
        fresh.EnableCache(Config);
        foreach (var timestep in Timesteps)
        {
            Current = timestep;
            var (latents, text, time) = Denoising.Inputs(timestep);
            AssertSame(fresh.forward(latents, text, time), model.forward(latents, text, time));
            // Tensors that the caller has made anew, with the same numbers in them.
            var error = Assert.ThrowsExactly<InvalidOperationException>(() => model.forward(latents.clone(), text.neg(), time));
            Assert.Contains($"says {timestep} twice", error.Message);
            Assert.Contains(nameof(model.CacheContext), error.Message);
        }
    }

    [TestMethod]
    public void Forward_ASecondTimeInAStepAfterInputsWereWrittenOver_IsRefused()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        Current = 900;
        var (latents, text, time) = Denoising.Inputs(900);
        model.forward(latents, text, time);
        text.neg_();
        Assert.ThrowsExactly<InvalidOperationException>(() => model.forward(latents, text, time));
    }

    [TestMethod]
    public void Forward_ASecondTimeInAStepWithSharedState_IsAskedFor()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config with { ShareStateAcrossContexts = true });
        var (latents, text, time) = Denoising.Inputs(900);
        Current = 900;
        model.forward(latents, text, time);
        model.forward(latents, text.neg(), time);
        Assert.AreEqual(1, model.transformer_blocks[0].attn1.Calls);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Forward_TimestepsThatRepeat_EqualsPlannedRun(CacheConfig config)
    {
        // Heun's method evaluates every timestep but the first twice, on other latents; rounding repeats the first.
        double[] timesteps = [999, 999, 800, 800, 700, 700, 600, 600, 500, 500, 400];
        using var model = Denoising.Model();
        List<Tensor> Steps() => [.. timesteps.Select((timestep, i) =>
        {
            Current = timestep;
            var (latents, text, time) = Denoising.Inputs(timestep);
            return model.forward(latents.Plus(rand_like(latents)), text, time);
        })];
        model.EnableCache(config);
        model.BeginRun(timesteps);
        manual_seed(3);
        var planned = Steps();
        model.DisableCache();
        model.EnableCache(config with { CurrentTimestepCallback = () => Current });
        manual_seed(3);
        Denoising.AssertEqual(planned, Steps());
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Forward_TimestepsThatRise_BeginAnotherGeneration(CacheConfig config)
    {
        using var model = Denoising.Model();
        using var fresh = Denoising.Model();
        config = config with { CurrentTimestepCallback = () => Current };
        model.EnableCache(config);
        // Whole, left early, of another size, of more steps, and beginning lower than others, as from an image.
        double[][] generations = [[999, 850, 700, 550, 400], [999, 850, 700], [950, 900, 850, 800, 750, 700], [800, 700, 600], [999, 850, 700, 550, 400]];
        foreach (var (number, timesteps) in generations.Index())
        {
            fresh.EnableCache(config);
            foreach (var timestep in timesteps)
            {
                Current = timestep;
                AssertSame(
                    Denoising.Step(fresh, timestep, seed: number, height: number == 2 ? 9 : 6),
                    Denoising.Step(model, timestep, seed: number, height: number == 2 ? 9 : 6));
            }
            fresh.DisableCache();
        }
    }

    [TestMethod]
    public void Forward_AnotherPromptAndLatentsAtTheSameTimestep_BeginAnotherGeneration()
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        Current = 900;
        for (var seed = 0; seed < 3; seed++)
            Denoising.Step(model, 900, seed: seed);
        Assert.AreEqual(3, model.transformer_blocks[0].attn1.Calls);
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    public void Forward_TimestepThatIsNotFinite_IsRefusedAndTheRunGoesOn(double timestep)
    {
        using var model = Denoising.Model();
        model.EnableCache(Config);
        Denoising.Step(model, Current = 900);
        Current = timestep;
        var error = Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            using var context = model.CacheContext("first");
            Denoising.Step(model, 800);
        });
        Assert.Contains($"{nameof(CacheConfig.CurrentTimestepCallback)} returned {timestep} for forward 0 of context 'first'", error.Message);
        Assert.Contains("forward 1;", Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 800)).Message);
        Denoising.Step(model, Current = 800);
        Assert.AreEqual(1, model.transformer_blocks[0].attn1.Calls);

        model.BeginRun([800]);
        Current = timestep;
        Assert.Contains("finite", Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 800)).Message);
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void Forward_WeightThatIsNotFinite_NamesCallbackStepAndSite(double weight)
    {
        using var model = Denoising.Model();
        var config = Denoising.Faster with { AttentionWeightCallback = _ => weight, CurrentTimestepCallback = () => Current };
        model.EnableCache(config);
        double[] timesteps = [800, 700, 600];
        AssertNames(Assert.ThrowsExactly<InvalidOperationException>(() => model.BeginRun(timesteps)));
        AssertNames(Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            foreach (var timestep in timesteps)
                Denoising.Step(model, Current = timestep);
        }));

        void AssertNames(InvalidOperationException error)
        {
            Assert.Contains(nameof(FasterCacheConfig.AttentionWeightCallback), error.Message);
            Assert.Contains("Index = 1", error.Message);
            Assert.Contains("transformer_blocks.0.attn1", error.Message);
        }
    }

    [TestMethod]
    public void Forward_MoreStepsThanWeights_SaysHowMany()
    {
        using var model = Denoising.Model();
        model.EnableCache(Denoising.Faster with { AttentionWeightCallback = WeightSchedule.ByStep(0, 0.5), CurrentTimestepCallback = () => Current });
        var error = Assert.ThrowsExactly<InvalidOperationException>(() =>
        {
            foreach (var timestep in Timesteps)
                Denoising.Step(model, Current = timestep);
        });
        Assert.Contains("weights for 2 steps, and step 5 (timestep 400)", error.Message);
        Denoising.Step(model, Current = 600);
    }

    [TestMethod]
    public void Callback_ThatCallsTheModel_IsRefused()
    {
        using var model = Denoising.Model();
        var inner = 0;
        model.EnableCache(Denoising.Faster with
        {
            CurrentTimestepCallback = () => inner++ == 0 ? Denoising.Step(model, 900).size(0) : Current,
            AttentionWeightCallback = _ => model.BeginRun(Timesteps).HistoryBytes,
        });
        Assert.Contains("callback", Assert.ThrowsExactly<InvalidOperationException>(() => Denoising.Step(model, 900)).Message);
        Assert.Contains("callback", Assert.ThrowsExactly<InvalidOperationException>(() => model.BeginRun(Timesteps)).Message);
        Denoising.Step(model, Current = 900);
    }

    [TestMethod]
    public void Forward_AfterAnException_BeginsAnewAtTheTimestepOfTheCallback()
    {
        using var model = Denoising.Model();
        var attention = model.transformer_blocks[1].attn1;
        model.EnableCache(Config);
        Denoising.Step(model, Current = 900);
        Denoising.Step(model, Current = 800);
        attention.Interrupt = () => throw new IOException("the author's own");
        Assert.ThrowsExactly<IOException>(() =>
        {
            for (Current = 700; Current > 0; Current -= 100)
                Denoising.Step(model, Current);
        });
        attention.Interrupt = null;
        var calls = attention.Calls;
        Denoising.Step(model, Current = 300);
        Denoising.Step(model, Current = 200);
        Assert.AreEqual(calls + 1, attention.Calls, "the first forward after it computes, the second reuses that");
    }

    [TestMethod]
    public void DisableCache_AfterARunOfItsOwn_LeavesNoTensorBehind()
    {
        using var model = Denoising.Model();
        var before = LiveTensors.CountAtStart();
        model.EnableCache(Config);
        foreach (var timestep in (double[])[.. Timesteps, .. Timesteps])
            Denoising.Step(model, Current = timestep).Dispose();
        model.DisableCache();
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    private Tensor Forward(TinyGuided model, double timestep, Tensor latents, Tensor? text)
    {
        Current = timestep;
        return model.forward(latents, text);
    }

    private static void AssertSame(Tensor expected, Tensor actual) => Denoising.AssertEqual([expected], [actual]);
}
