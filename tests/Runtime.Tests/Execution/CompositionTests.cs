using CsCheck;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Several methods on one model, against a literal execution of their plan's cells; and plans that are saved and run again.</summary>
[TestClass]
public sealed class CompositionTests
{
    private const int Steps = 12;

    internal static readonly double[] Timesteps = [.. Enumerable.Range(0, Steps).Select(i => 999.0 - 80 * i)];

    private static Gen<CacheConfig?> Maybe(Gen<CacheConfig> config) => Gen.Frequency((1, Gen.Const(() => (CacheConfig?)null)), (2, config.Select(CacheConfig? (c) => c)));

    private static Gen<string> Mask => Gen.Bool.Array[Steps - 1].Select(bits => "1" + string.Concat(bits.Select(bit => bit ? '1' : '0')));

    private static Gen<CacheConfig> OfStack => Gen.OneOf(
        Mask.Select(CacheConfig (mask) => new StepMaskConfig { Mask = mask }),
        Gen.Select(Gen.Double[0.05, 0.6], Gen.Int[1, 4], Gen.Double[0.8, 1.2].Array[Steps], CacheConfig (threshold, most, ratios) => new MagCacheConfig
        {
            Threshold = threshold,
            MaxSkipSteps = most,
            MagRatios = ratios,
            NumInferenceSteps = Steps,
        }));

    private static Gen<CacheConfig> OfAttention => Gen.OneOf(
        Gen.Int[1, 4].Select(CacheConfig (n) => new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = n, SpatialAttentionTimestepSkipRange = (100, 950) }),
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 4], Gen.Int[0, 3], CacheConfig (interval, before, order) => new TaylorSeerCacheConfig
        {
            CacheInterval = interval,
            DisableCacheBeforeStep = before,
            MaxOrder = order,
            TaylorFactorsDtype = null,
            CacheIdentifiers = [@"blocks\.\d\.attn"],
        }));

    private static Gen<CacheConfig> OfBlock => Gen.OneOf(
        Mask.Select(CacheConfig (mask) => new StepMaskConfig { Mask = mask, Kind = SiteKind.BlockOutput }),
        Gen.Select(Gen.Int[1, 4], Gen.Int[0, 2], CacheConfig (interval, order) => new TaylorSeerCacheConfig
        {
            CacheInterval = interval,
            MaxOrder = order,
            TaylorFactorsDtype = null,
            CacheIdentifiers = [@"blocks\.[02]"],
            SkipPredictIdentifiers = [@"blocks\.[02]\.ff"],
        }));

    private static Gen<CacheConfig> OfFeedForward => Gen.OneOf(
        Gen.Int[1, 4].Select(CacheConfig (n) => new PyramidAttentionBroadcastConfig { FeedForwardBlockSkipRange = n, FeedForwardTimestepSkipRange = (50, 990) }),
        Mask.Select(CacheConfig (mask) => new StepMaskConfig { Mask = mask, Kind = SiteKind.FeedForward }));

    private static Gen<CacheConfig> OfOutput => Gen.Select(Gen.Int[1, 4], Gen.Int[0, 2], CacheConfig (interval, order) => new TaylorSeerCacheConfig
    {
        UseLiteMode = true,
        CacheInterval = interval,
        MaxOrder = order,
        TaylorFactorsDtype = null,
    });

    private static Gen<CacheConfig> OfGuidance => Gen.OneOf(
        Gen.Int[1, 4].Select(CacheConfig (n) => new FasterCacheConfig
        {
            SpatialAttentionBlockSkipRange = null,
            UnconditionalBatchSkipRange = n,
            UnconditionalBatchTimestepSkipRange = (-1, 900),
            TensorFormat = TensorFormat.BFCHW,
        }),
        Mask.Select(CacheConfig (mask) => new StepMaskConfig { Mask = mask, Kind = SiteKind.Guidance }));

    private static Gen<CacheConfig> OfModel => Mask.Select(CacheConfig (mask) => new StepMaskConfig { Mask = mask, Kind = SiteKind.Model });

    internal static Gen<CacheConfig[]> Cases => Gen.Select(
        Gen.Select(Maybe(OfModel), Maybe(OfStack), Maybe(OfBlock)), Maybe(OfAttention), Maybe(OfFeedForward), Maybe(OfOutput), Maybe(OfGuidance),
        (outer, attention, feedForward, output, guidance) =>
            new[] { outer.Item1, outer.Item2, outer.Item3, attention, feedForward, output, guidance }.OfType<CacheConfig>().ToArray());

    [TestMethod]
    public void Composition_OfAnyMethods_GivesWhatItsCellsGiveOneByOne() => Cases.Where(methods => methods.Length > 0).Sample(
        methods =>
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            using var model = Model();
            var config = methods.Length == 1 ? methods[0] : CacheConfig.Compose(methods);
            model.EnableCache(config);
            var (outputs, plan) = Run(model, () => model.BeginRun(Timesteps));
            var literal = new LiteralStack(model, plan);
            for (var step = 0; step < Steps; step++)
            {
                var expected = literal.Forward(Rows(Inputs(step)), Timesteps[step] / 1000);
                var actual = Rows(outputs[step]);
                for (var row = 0; row < expected.Length; row++)
                    for (var c = 0; c < expected[row].Length; c++)
                        Assert.AreEqual(expected[row][c], actual[row][c], 2e-4 * Math.Max(1, Math.Abs(expected[row][c])), $"step {step}, row {row}\n{plan}");
            }
            AssertReplays(model, plan, outputs);
        },
        iter: 400,
        threads: 1);

    [TestMethod]
    public void DynamicRun_Recorded_IsReplayedBitForBit()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var skipped = 0;
        foreach (var config in (CacheConfig[])
            [
                new FirstBlockCacheConfig { Threshold = 0.08 },
                new DBCacheConfig { FnComputeBlocks = 1, BnComputeBlocks = 1, ResidualDiffThreshold = 0.2, MaxWarmupSteps = 2 },
                new DBCacheConfig { FnComputeBlocks = 1, ResidualDiffThreshold = 0.5, MaxWarmupSteps = 3, MaxContinuousCachedSteps = 2, MaxCachedSteps = 4 },
                CacheConfig.Compose(new FirstBlockCacheConfig { Threshold = 0.08 }, new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 }),
                CacheConfig.Compose(
                    new TaylorSeerCacheConfig { CacheIdentifiers = [@"blocks\.\d\.attn"], CacheInterval = 3, DisableCacheBeforeStep = 2, MaxOrder = 2 },
                    new StepMaskConfig { Mask = "101010101010", Kind = SiteKind.FeedForward },
                    new DBCacheConfig { FnComputeBlocks = 1, BnComputeBlocks = 1, ResidualDiffThreshold = 0.2, MaxWarmupSteps = 2 }),
            ])
        {
            using var model = Model();
            model.EnableCache(config);
            var (outputs, plan) = Run(model, () => model.BeginRun(Timesteps));
            Assert.IsFalse(plan.DecidesAtRunTime);
            var stack = plan.Sites.IndexOf(plan.Sites.Single(site => site.Kind == SiteKind.BlockStack));
            var decisions = string.Concat(plan.Rows.Select(row => row.Cells[stack].IsComputed ? 'C' : 'S'));
            Assert.AreEqual('C', decisions[0]);
            skipped += decisions.Count(letter => letter == 'S');
            if (config is DBCacheConfig { MaxContinuousCachedSteps: 2 })
            {
                Assert.StartsWith("CCC", decisions);
                Assert.DoesNotContain("SSS", decisions);
                Assert.IsLessThanOrEqualTo(4, decisions.Count(letter => letter == 'S'));
            }
            AssertReplays(model, plan, outputs);
        }
        Assert.IsGreaterThan(6, skipped);
    }

    [TestMethod]
    public void Gate_ThatNeverSkips_IsTheModelItself()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var plain = Enumerable.Range(0, Steps).Select(step => model.forward(Inputs(step), Time(step))).ToList();
        model.EnableCache(new DBCacheConfig { FnComputeBlocks = 1, BnComputeBlocks = 1, ResidualDiffThreshold = -1 });
        Denoising.AssertEqual(plain, Run(model, () => model.BeginRun(Timesteps)).Outputs);
    }

    [TestMethod]
    public void Claims_OfOneSiteByTwo_AreRefused()
    {
        using var model = Model();
        var pyramid = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 };
        var exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(CacheConfig.Compose(pyramid, new TaylorSeerCacheConfig())));
        Assert.Contains("Both Pyramid Attention Broadcast and TaylorSeer claim blocks.0.attn", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(CacheConfig.Compose(
            new FirstBlockCacheConfig(), new FasterCacheConfig { TensorFormat = TensorFormat.BFCHW })));
        Assert.Contains("FasterCache plans each forward on what the ones before it kept", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(CacheConfig.Compose(new FirstBlockCacheConfig(), OfHalves("1010"))));
        Assert.Contains("Step mask plans each forward on what the ones before it kept", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(CacheConfig.Compose(OfHalves("1010"), new FasterCacheConfig { TensorFormat = TensorFormat.BFCHW })));
        Assert.Contains("claim (guidance). Give one of them.", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(CacheConfig.Compose(new EasyCacheConfig(), new FirstBlockCacheConfig())));
        Assert.Contains("Both EasyCache and First-block cache decide while they run", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(CacheConfig.Compose(new FirstBlockCacheConfig(), new TaylorSeerCacheConfig { UseLiteMode = true })));
        Assert.Contains("whether blocks does, which TaylorSeer lite leaves out where it skips proj_out", exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(new DBCacheConfig { FnComputeBlocks = 2, BnComputeBlocks = 1 }));
        Assert.Contains("3 in blocks: nothing is left to skip", exception.Message);
        Assert.IsFalse(model.IsCacheEnabled);
    }

    [TestMethod]
    public void Guidance_ByAMask_AddsTheDifferenceOfTheLastFullForward()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var full = model.forward(Inputs(0), Time(0)).chunk(2);
        var conditional = model.forward(Inputs(1), Time(1)).chunk(2)[1];
        model.EnableCache(OfHalves("101010101010"));
        var (outputs, plan) = Run(model, () => model.BeginRun(Timesteps));
        Assert.AreEqual(6, plan.SkippedUnconditionalHalves);
        Assert.AreEqual(0, plan.SiteForwards);
        Assert.AreEqual(PlanCell.Predict(1, 1), plan.GuidanceOf(plan.Rows[1]));
        var halves = outputs[1].chunk(2);
        Assert.IsTrue(halves[1].equal(conditional).all().item<bool>());
        Assert.IsTrue(halves[0].allclose(conditional.Plus(full[0]) - full[1], 1e-5, 1e-6));
    }

    [TestMethod]
    public void Guidance_ThatCannotBeSkipped_IsRefused()
    {
        using var model = Model();
        var series = new CacheMethodConfig { Name = "mine", Selects = site => site.Kind == SiteKind.Guidance, Predictor = Predictor.Taylor(1) };
        var exception = Assert.ThrowsExactly<ArgumentException>(() => model.EnableCache(series));
        Assert.Contains("mine selects guidance, of which one difference is kept, for Predictor.Last alone", exception.Message);
        model.EnableCache(OfHalves("1010"));
        exception = Assert.ThrowsExactly<ArgumentException>(() => model.BeginRun([4, 3, 2, 1], GuidanceLayout.None));
        Assert.Contains("Step mask selects no site of the model", exception.Message);
        Assert.IsNull(model.CurrentRun);
    }

    private static StepMaskConfig OfHalves(string mask) => new() { Mask = mask, Kind = SiteKind.Guidance };

    [TestMethod]
    public void Plan_OfAnotherModel_IsRefused()
    {
        using var model = Model();
        using var other = Denoising.Model();
        other.EnableCache(Denoising.Pyramid);
        model.EnableCache(new StepMaskConfig { Mask = "10" });
        var plan = CachePlan.Create(new StepMaskConfig { Mask = "10" }, [2, 1], model.CacheSites, GuidanceLayout.Batched);
        Assert.Contains("one of another model: it has blocks (BlockStack)", Assert.ThrowsExactly<ArgumentException>(() => other.BeginRun(plan)).Message);
        var open = CachePlan.Create(new FirstBlockCacheConfig(), [2, 1], model.CacheSites, GuidanceLayout.Batched);
        Assert.Contains("leaves to the run", Assert.ThrowsExactly<ArgumentException>(() => model.BeginRun(open)).Message);
        using var run = model.BeginRun(plan);
        Assert.AreSame(plan, run.Plan);
    }

    /// <summary>What a plan says of contexts goes before what the config does.</summary>
    [TestMethod]
    public void Plan_ThatSharesItsHistory_DoesSoUnderAnotherConfig()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        var shared = new StepMaskConfig { Mask = "1010", ShareStateAcrossContexts = true };
        var plan = CachePlan.Create(shared, [2, 1], model.CacheSites, GuidanceLayout.Sequential);
        model.EnableCache(new FirstBlockCacheConfig());
        using var run = model.BeginRun(plan);
        foreach (var context in (string[])["cond", "uncond", "cond", "uncond"])
        {
            using (model.CacheContext(context))
                model.forward(Inputs(0), Time(0));
        }
        Assert.AreEqual(plan, run.Recorded());
    }

    [TestMethod]
    public void Calibration_GivesTheRatiosOfWhatTheBlocksAdd()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Model();
        model.EnableCache(new MagCacheConfig { Calibrate = true, NumInferenceSteps = Steps });
        using var run = model.BeginRun(Timesteps);
        Tensor? before = null;
        var expected = new List<double>();
        for (var step = 0; step < Steps; step++)
        {
            model.forward(Inputs(step), Time(step));
            var input = Inputs(step).permute(0, 1, 3, 4, 2).Plus(Time(step).view(-1, 1, 1, 1, 1).Over(1000));
            var hidden = input;
            foreach (var block in model.blocks)
                hidden = block.call(hidden);
            var added = hidden - input;
            expected.Add(before is null ? 1 : (added.norm(-1, false, 2f) / before.norm(-1, false, 2f).Plus(1e-8)).mean().item<float>());
            before = added;
        }
        var ratios = run.MagRatios.Single().Value;
        Assert.HasCount(Steps, ratios);
        for (var step = 0; step < Steps; step++)
            Assert.AreEqual(expected[step], ratios[step], 1e-5);
    }

    [TestMethod]
    public void Runs_OfEveryMethod_LeaveNoTensor()
    {
        using var noGradient = no_grad();
        foreach (var config in (CacheConfig[])
            [
                new StepMaskConfig { Mask = "110101010101" }, new FirstBlockCacheConfig { Threshold = 0.2 }, new TaylorSeerCacheConfig { MaxOrder = 2 },
                new TaylorSeerCacheConfig { UseLiteMode = true }, new DBCacheConfig { FnComputeBlocks = 1, BnComputeBlocks = 1, MaxWarmupSteps = 1, ResidualDiffThreshold = 0.3 },
                new MagCacheConfig { Calibrate = true, NumInferenceSteps = Steps }, new EasyCacheConfig { RetentionSteps = 2, Threshold = 0.5 },
                new TeaCacheConfig { Coefficients = [1, 0], Threshold = 0.3 }, new StepMaskConfig { Mask = "110101010101", Kind = SiteKind.Model }, OfHalves("110101010101"),
                CacheConfig.Compose(new FirstBlockCacheConfig { Threshold = 0.2 }, new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 }),
            ])
        {
            using var model = Model();
            model.EnableCache(config);
            var live = LiveTensors.CountAtStart();
            using (model.BeginRun(Timesteps))
            {
                for (var step = 0; step < Steps; step++)
                {
                    using var scope = NewDisposeScope();
                    model.forward(Inputs(step), Time(step));
                }
            }
            Assert.AreEqual(live, Tensor.TotalCount, config.ToString());
        }
    }

    private static void AssertReplays(StackedDenoiser model, CachePlan plan, IReadOnlyList<Tensor> outputs)
    {
        var saved = CachePlan.FromJson(plan.ToJson());
        Assert.AreEqual(plan, saved);
        Denoising.AssertEqual(outputs, Run(model, () => model.BeginRun(saved)).Outputs);
    }

    internal static (List<Tensor> Outputs, CachePlan Plan) Run(StackedDenoiser model, Func<CacheRun> begin, Action<CacheRun>? check = null)
    {
        using var run = begin();
        List<Tensor> outputs = [.. Enumerable.Range(0, Steps).Select(step => model.forward(Inputs(step), Time(step)))];
        check?.Invoke(run);
        return (outputs, run.Recorded());
    }

    internal static StackedDenoiser Model()
    {
        manual_seed(3);
        return new StackedDenoiser();
    }

    // [unconditional, conditional], two frames of one pixel.
    private static Tensor Inputs(int step)
    {
        using var generator = new Generator(7);
        return randn([2, 2, 3, 1, 1], generator: generator).Plus(0.1 * step);
    }

    private static Tensor Time(int step) => TensorArithmetic.Full([2], Timesteps[step]);

    private static double[][] Rows(Tensor latents)
    {
        var last = latents.permute(0, 1, 3, 4, 2).reshape(-1, 3).contiguous();
        var values = last.data<float>().ToArray();
        return [.. Enumerable.Range(0, values.Length / 3).Select(row => values[(row * 3)..(row * 3 + 3)].Select(value => (double)value).ToArray())];
    }
}
