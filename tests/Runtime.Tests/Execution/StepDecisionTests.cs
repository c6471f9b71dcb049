using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Methods that decide before a forward's body, against their papers' rules written out on what the run gave.</summary>
[TestClass]
public sealed class StepDecisionTests
{
    private const int Steps = 16;

    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, Steps).Select(i => 990.0 - (60 * i))];

    [TestMethod]
    [DataRow(0.02)]
    [DataRow(0.1)]
    [DataRow(0.4)]
    public void EasyCache_AsPublished_ExtrapolatesTheChangeOfTheOutput(double threshold)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        model.EnableCache(new EasyCacheConfig { Threshold = threshold, RetentionSteps = 3 });
        var (outputs, decisions) = Run(model, "");

        var (expected, sum, rate, computed) = ("", 0.0, double.NaN, -1);
        for (var step = 0; step < Steps; step++)
        {
            var may = step >= 3 && step < Steps - 1;
            if (may)
                sum += rate * Distance(Latents(step), Latents(step - 1)) / Size(outputs[computed]);
            var skips = may && sum < threshold;
            expected += skips ? 'S' : 'C';
            if (skips)
            {
                var moved = Latents(step).Plus(outputs[computed] - Latents(computed));
                Assert.IsLessThan(1e-5, Distance(moved, outputs[step]), $"step {step}");
                continue;
            }
            sum = 0;
            if (computed >= 0)
                rate = Distance(outputs[step], outputs[computed]) / Distance(Latents(step), Latents(computed));
            computed = step;
        }
        Assert.AreEqual(expected, decisions);
        Assert.Contains('S', decisions);
    }

    [TestMethod]
    [DataRow(0.02)]
    [DataRow(0.05)]
    [DataRow(0.2)]
    public void TeaCache_OfAnIndicator_SumsUpWhatThePolynomialSays(double threshold)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        model.EnableCache(new TeaCacheConfig { Threshold = threshold, Coefficients = [0.5, 0.25, 0.001] });
        var (_, decisions) = Run(model, "");

        var (expected, sum) = ("C", 0.0);
        for (var step = 1; step < Steps; step++)
        {
            var change = Distance(Indicator(step), Indicator(step - 1)) / Size(Indicator(step - 1));
            sum = step == Steps - 1 ? double.PositiveInfinity : sum + (0.5 * change * change) + (0.25 * change) + 0.001;
            expected += sum < threshold ? 'S' : 'C';
            sum = sum < threshold ? sum : 0;
        }
        Assert.AreEqual(expected, decisions);
        Assert.Contains('S', decisions);
    }

    /// <summary>The rows that a run was recorded as, also where others plan inside of what was skipped.</summary>
    [TestMethod]
    public void Run_Recorded_IsWhatItsCellsGiveAndReplaysBitForBit()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pyramid = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (-1, 2000) };
        foreach (var config in (CacheConfig[])
            [
                new EasyCacheConfig { Threshold = 0.1, RetentionSteps = 3 },
                new TeaCacheConfig { Threshold = 0.05, Coefficients = [1, 0] },
                CacheConfig.Compose(pyramid, new EasyCacheConfig { Threshold = 0.1, RetentionSteps = 3 }),
                CacheConfig.Compose(new TeaCacheConfig { Threshold = 0.05, Coefficients = [1, 0] }, pyramid),
            ])
        {
            using var model = Model();
            model.EnableCache(config);
            List<Tensor> outputs;
            CachePlan plan;
            using (var run = model.BeginRun(s_timesteps, GuidanceLayout.None))
            {
                outputs = [.. Enumerable.Range(0, Steps).Select(step => Forward(model, step))];
                plan = run.Recorded();
            }
            Assert.IsNull(plan.Gate);
            Assert.IsTrue(plan.Rows.Any(row => row.Cells.Contains(PlanCell.LeftOut)), config.ToString());
            var literal = new LiteralStack(model, plan);
            for (var step = 0; step < Steps; step++)
            {
                var expected = tensor(literal.Forward(Rows(Latents(step)), s_timesteps[step] / 1000).SelectMany(row => row).ToArray()).to(ScalarType.Float32);
                var actual = outputs[step].permute(0, 1, 3, 4, 2).flatten();
                Assert.IsLessThan(1e-4, (actual - expected).abs().max().item<float>(), $"step {step}\n{plan}");
            }
            var saved = CachePlan.FromJson(plan.ToJson());
            Assert.AreEqual(plan, saved);
            using var replay = model.BeginRun(saved);
            Denoising.AssertEqual(outputs, [.. Enumerable.Range(0, Steps).Select(step => Forward(model, step))]);
        }
    }

    [TestMethod]
    public void EasyCache_OfTwoContexts_DecidesOnTheFirst()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        model.EnableCache(new EasyCacheConfig { Threshold = 0.1, RetentionSteps = 3 });
        var alone = Run(model, "").Decisions;
        using var run = model.BeginRun(s_timesteps, GuidanceLayout.Sequential);
        for (var step = 0; step < Steps; step++)
        {
            using (model.CacheContext("cond"))
                Forward(model, step);
            using (model.CacheContext("uncond"))
                Forward(model, step, scale: 3);
        }
        Assert.AreEqual(alone, Decisions(run.Recorded(), "cond"));
        Assert.AreEqual(alone, Decisions(run.Recorded(), "uncond"));
    }

    [TestMethod]
    public void TeaCache_OfAModelWithoutAnIndicator_IsRefused()
    {
        using var model = Denoising.Model();
        var exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(new TeaCacheConfig()));
        Assert.Contains("needs a stack of blocks", exception.Message);
        using var stacked = new Unmarked();
        exception = Assert.ThrowsExactly<ArgumentException>(() => stacked.EnableCache(new TeaCacheConfig()));
        Assert.Contains("Unmarked marks no method [ChangeIndicator]", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => stacked.EnableCache(new EasyCacheConfig()));
        Assert.Contains("[Latents]", exception.Message);
    }

    [TestMethod]
    public void EasyCache_OfAnOutputOfAnotherShape_SaysSoAndLeavesTheModelUsable()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = new Narrowing();
        var plain = model.forward(ones(2, 3));
        model.EnableCache(new EasyCacheConfig());
        using (var run = model.BeginRun([2, 1], GuidanceLayout.None))
        {
            var exception = Assert.ThrowsExactly<InvalidOperationException>(() => model.forward(ones(2, 3)));
            Assert.Contains("expected an output of the latents' shape [2, 3], got [2, 1]", exception.Message);
            Assert.AreEqual(0, run.HistoryBytes);
        }
        model.DisableCache();
        Denoising.AssertEqual([plain], [model.forward(ones(2, 3))]);
    }

    [TestMethod]
    public void Plan_OfADecidingMethod_SaysWhatItMayDo()
    {
        using var model = Model();
        var plan = CachePlan.Create(new EasyCacheConfig { RetentionSteps = 3 }, s_timesteps, model.CacheSites, GuidanceLayout.None);
        Assert.Contains("from forward 3 to 14 a forward does not run at all", plan.ToString());
        Assert.Contains("? decided while it runs", plan.ToString());
        Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()));
        var boldest = CachePlan.CreateBoldest(new EasyCacheConfig { RetentionSteps = 3 }, s_timesteps, model.CacheSites, GuidanceLayout.None);
        Assert.AreEqual($"CCC{new string('S', Steps - 4)}C", Decisions(boldest, ""));
        var composed = CacheConfig.Compose(new TeaCacheConfig(), new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (-1, 2000) });
        Assert.Contains("where nothing more is, skipped: 24 of", CachePlan.Create(composed, s_timesteps, model.CacheSites, GuidanceLayout.None).ToString());
    }

    private static StackedDenoiser Model()
    {
        manual_seed(4);
        return new StackedDenoiser();
    }

    private static Tensor Latents(int step)
    {
        using var generator = new Generator(9);
        return randn([1, 2, 3, 1, 1], generator: generator).Plus(0.02 * step).Plus(0.004 * step * step);
    }

    private static Tensor Indicator(int step) => Latents(step).Plus(s_timesteps[step] / 1000);

    private static Tensor Forward(StackedDenoiser model, int step, double scale = 1) => model.forward(Latents(step).Times(scale), TensorArithmetic.Full([1], s_timesteps[step]));

    private static double[][] Rows(Tensor latents)
    {
        var values = latents.permute(0, 1, 3, 4, 2).reshape(-1).to(ScalarType.Float64).contiguous().data<double>().ToArray();
        return [.. values.Chunk(3)];
    }

    private static double Size(Tensor tensor) => tensor.abs().mean().item<float>();

    private static double Distance(Tensor value, Tensor reference) => Size(value - reference);

    private static (List<Tensor> Outputs, string Decisions) Run(StackedDenoiser model, string context)
    {
        using var run = model.BeginRun(s_timesteps, GuidanceLayout.None);
        List<Tensor> outputs = [.. Enumerable.Range(0, Steps).Select(step => Forward(model, step))];
        return (outputs, Decisions(run.Recorded(), context));
    }

    private static string Decisions(CachePlan plan, string context)
    {
        var site = Enumerable.Range(0, plan.Sites.Length).First(plan.Touches);
        return string.Concat(plan.RowsOf(context).Select(row => row.Cells[site].IsComputed ? 'C' : 'S'));
    }
}

/// <summary>A model with a stack that says nothing of its latents and of what changes.</summary>
[CacheableModel]
[BlockStack(nameof(blocks))]
internal sealed partial class Unmarked : nn.Module<Tensor, Tensor>
{
    public readonly TorchSharp.Modules.ModuleList<StackedBlock> blocks = new(new StackedBlock(3));

    public Unmarked()
        : base(nameof(Unmarked))
    {
        RegisterComponents();
        eval();
    }

    public override partial Tensor forward(Tensor latents);

    [CachedForward]
    private Tensor Compute(Tensor latents)
    {
        foreach (var block in blocks)
            latents = block.call(latents);
        return latents;
    }
}

/// <summary>A model whose output is not what it says.</summary>
[CacheableModel(GuidanceLayout.None)]
internal sealed partial class Narrowing : nn.Module<Tensor, Tensor>
{
    public Narrowing()
        : base(nameof(Narrowing)) => eval();

    public override partial Tensor forward([Latents] Tensor latents);

    [CachedForward]
    private Tensor Compute(Tensor latents) => latents.narrow(1, 0, 1).clone();
}
