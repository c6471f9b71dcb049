using Afterimage.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>A plan in the place of a method.</summary>
[TestClass]
public sealed class PlanConfigTests
{
    private static readonly double[] s_timesteps = [900, 700, 500, 300, 100];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly StackedDenoiser _model;

    public PlanConfigTests()
    {
        random.manual_seed(3);
        _model = new StackedDenoiser();
    }

    [TestCleanup]
    public void Cleanup()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [TestMethod]
    public void Run_OfAPlan_IsThatOfItsMethod()
    {
        var (config, plan) = Mask("11010", GuidanceLayout.Batched);
        var expected = Denoise(config, GuidanceLayout.Batched);
        var actual = Denoise(new CachePlanConfig { Plan = CachePlan.FromJson(plan.ToJson()) }, GuidanceLayout.Batched);
        foreach (var (step, other) in expected.Zip(actual))
            Assert.IsTrue(step.equal(other).all().item<bool>());
    }

    [TestMethod]
    public void Observer_IsToldOfEveryValueThatIsKept_AndChangesNothing()
    {
        var plan = CachePlan.Create(Mask("11010", GuidanceLayout.Batched).Config, s_timesteps, _model.CacheSites, GuidanceLayout.Batched);
        var seen = new List<(int Site, int Tensor)>();
        var sums = new List<double>();
        var expected = Denoise(new CachePlanConfig { Plan = plan }, GuidanceLayout.Batched);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope())
        {
            foreach (var (step, other) in expected.Zip(Denoise(new CachePlanConfig { Plan = plan, Observer = See }, GuidanceLayout.Batched)))
                Assert.IsTrue(step.equal(other).all().item<bool>());
        }
        Assert.AreEqual(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var stack = plan.Sites.IndexOf(plan.Sites.First(site => site.Kind == SiteKind.BlockStack));
        // Kept are those that a later step reads; the indicator is asked for at each.
        Assert.AreEqual(plan.Rows.Count(row => row.Cells[stack].Stores), seen.Count(each => each == (stack, 0)));
        Assert.AreEqual(s_timesteps.Length, seen.Count(each => each.Site == IndicatorObservation.Place));

        void See(int site, int tensor, Tensor value)
        {
            seen.Add((site, tensor));
            using var sum = value.sum();
            sums.Add(sum.item<float>());
        }
    }

    [TestMethod]
    public void Run_ThatThePlanIsNotFor_IsRefused()
    {
        var plan = Mask("11010", GuidanceLayout.Batched).Plan;
        _model.EnableCache(new CachePlanConfig { Plan = plan });
        Assert.Contains("5 timesteps from 900 to 100", Refusal(() => _model.BeginRun([900, 500, 100])));
        Assert.Contains("GuidanceLayout.Batched", Refusal(() => _model.BeginRun(s_timesteps, GuidanceLayout.None)));
        _model.BeginRun(s_timesteps).Dispose();
        _model.DisableCache();

        Assert.Contains("leaves to the run", Refusal(() => _model.EnableCache(
            new CachePlanConfig { Plan = CachePlan.Create(new FirstBlockCacheConfig(), s_timesteps, _model.CacheSites, GuidanceLayout.Batched) })));
        Assert.Contains("BeginRun", Refusal(() => _model.EnableCache(new CachePlanConfig { Plan = plan, CurrentTimestepCallback = () => 1 })));
        Assert.Contains("nothing else", Refusal(() => _model.EnableCache(CacheConfig.Compose(new CachePlanConfig { Plan = plan }, new FirstBlockCacheConfig()))));
        using var other = new StackedDenoiser(count: 2);
        Assert.Contains("another model", Refusal(() => other.EnableCache(new CachePlanConfig { Plan = plan })));
        Assert.IsFalse(other.IsCacheEnabled);
    }

    [TestMethod]
    public void Plan_WithASubject_IsForItsWeightsAlone()
    {
        var plan = Mask("11010", GuidanceLayout.Batched).Plan with { Subject = new PlanSubject(ModelDigest.Of(_model), "DDIMScheduler", 64, 96, 9) };
        Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()));
        Assert.AreNotEqual(plan, plan with { Subject = null });
        _model.EnableCache(new CachePlanConfig { Plan = plan });
        _model.DisableCache();
        using var other = new StackedDenoiser();
        var refusal = Refusal(() => other.EnableCache(new CachePlanConfig { Plan = plan }));
        Assert.Contains(ModelDigest.Of(_model), refusal);
        Assert.Contains(ModelDigest.Of(other), refusal);
        Assert.IsNull(new CachePlanConfig { Plan = plan, CarriesOver = true }.For(s_timesteps, _model.CacheSites, GuidanceLayout.Batched).Subject);
    }

    [TestMethod]
    public void ModelDigest_TellsWeightsApart_AndNotTheirTypes()
    {
        var digest = ModelDigest.Of(_model);
        Assert.AreEqual(digest, ModelDigest.Of(_model));
        using (var other = new StackedDenoiser(count: 2))
            Assert.AreNotEqual(digest, ModelDigest.Of(other));
        var before = Tensor.TotalCount;
        ModelDigest.Of(_model);
        Assert.AreEqual(before, Tensor.TotalCount);
        _model.to(ScalarType.BFloat16);
        Assert.AreEqual(digest, ModelDigest.Of(_model), "as it is loaded in bfloat16");
        using (no_grad())
            _model.proj_out.weight.Times_(-1);
        Assert.AreNotEqual(digest, ModelDigest.Of(_model));
    }

    /// <summary>Over other steps a plan does what it did at the same share of the run, and can always be run.</summary>
    [TestMethod]
    public void CarriedTo_OtherSteps_IsAPlan()
    {
        foreach (var layout in Enum.GetValues<GuidanceLayout>())
        {
            foreach (var mask in (string[])["10110", "11111", "10000", "11010"])
            {
                var plan = Mask(mask, layout).Plan;
                for (var steps = 1; steps <= 12; steps++)
                {
                    double[] timesteps = [.. Enumerable.Range(0, steps).Select(step => 950.0 - 70 * step)];
                    var carried = plan.CarriedTo(timesteps);
                    Assert.AreSequenceEqual(timesteps, carried.Timesteps);
                    Assert.AreEqual(carried, CachePlan.FromJson(carried.ToJson()), $"{mask}, {layout}, {steps} steps");
                    Assert.Contains("was not measured", carried.Notes[^1]);
                    Denoise(new CachePlanConfig { Plan = plan, CarriesOver = true }, layout, timesteps);
                }
                Assert.AreEqual(plan.SkippedSiteForwards, plan.CarriedTo(s_timesteps).SkippedSiteForwards, mask);
            }
        }
        Assert.ThrowsExactly<ArgumentException>(() => Mask("11010", GuidanceLayout.Batched).Plan.CarriedTo([]));
        var taylor = CachePlan.Create(new TaylorSeerCacheConfig { CacheInterval = 2, DisableCacheBeforeStep = 1 }, s_timesteps, _model.CacheSites, GuidanceLayout.None);
        Assert.ThrowsExactly<InvalidOperationException>(() => taylor.CarriedTo([3, 2, 1]));
    }

    private static string Refusal(Action action) => Assert.ThrowsExactly<ArgumentException>(action).Message;

    private (StepMaskConfig Config, CachePlan Plan) Mask(string mask, GuidanceLayout layout)
    {
        var config = new StepMaskConfig { Mask = mask };
        return (config, CachePlan.Create(config, s_timesteps, _model.CacheSites, layout));
    }

    private List<Tensor> Denoise(CacheConfig config, GuidanceLayout layout, double[]? timesteps = null)
    {
        using var noGradient = no_grad();
        random.manual_seed(5);
        var outputs = new List<Tensor>();
        _model.EnableCache(config);
        using (var run = _model.BeginRun(timesteps ?? s_timesteps, layout))
        {
            foreach (var timestep in run.Plan!.Timesteps)
            {
                using var latents = randn([2, 2, 3, 4, 4]);
                using var time = TensorArithmetic.Full([2], timestep, ScalarType.Float32);
                foreach (var context in layout == GuidanceLayout.Sequential ? new[] { "cond", "uncond" } : ["only"])
                {
                    using var within = _model.CacheContext(context);
                    outputs.Add(_model.forward(latents, time));
                }
            }
        }
        _model.DisableCache();
        return outputs;
    }
}
