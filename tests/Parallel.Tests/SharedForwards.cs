using Afterimage.Tests;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

/// <summary>What ranks compute together is what one computes alone, in as many collectives as the plan says. All ranks call it.</summary>
internal static class SharedForwards
{
    private const double Tolerance = 1e-5;

    private static readonly (string Name, CacheConfig? Config)[] s_caches =
    [
        ("none", null),
        ("PAB", new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            TemporalAttentionBlockSkipRange = 3,
            CrossAttentionBlockSkipRange = 4,
            SpatialAttentionTimestepSkipRange = (0, 1000),
            TemporalAttentionTimestepSkipRange = (0, 1000),
            CrossAttentionTimestepSkipRange = (0, 1000),
        }),
        ("FasterCache", new FasterCacheConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            SpatialAttentionTimestepSkipRange = (-1, 850),
            UnconditionalBatchSkipRange = 3,
            UnconditionalBatchTimestepSkipRange = (-1, 850),
            AttentionWeightCallback = _ => 0.5,
            TensorFormat = TensorFormat.BFCHW,
        }),
        ("TaylorSeer", new TaylorSeerCacheConfig { CacheInterval = 3, DisableCacheBeforeStep = 2, MaxOrder = 1, TaylorFactorsDtype = ScalarType.Float32 }),
        ("first blocks", new FirstBlockCacheConfig { Threshold = 0.2 }),
    ];

    /// <summary>With every model and cache that a layout can share.</summary>
    public static void Check(Communicator all, ParallelLayout layout)
    {
        using var noGradient = no_grad();
        foreach (var name in SharedModel.Names)
        {
            if (layout.Guidance > 1 && name is "wan" or "flux")
                continue;
            foreach (var (cache, config) in s_caches)
            {
                // FasterCache needs both branches, and one forward of Latte cannot be left in its middle.
                if (config is FasterCacheConfig && (layout.Guidance > 1 || !name.StartsWith("cogvideox", StringComparison.Ordinal)) || config is FirstBlockCacheConfig && name == "latte")
                    continue;
                Check(all, layout, name, config, $"rank {all.Rank}, {layout}, {name}, {cache}");
            }
        }
    }

    private static void Check(Communicator all, ParallelLayout layout, string name, CacheConfig? config, string what)
    {
        using var shared = SharedModel.Create(name);
        using var scope = NewDisposeScope();
        var guidance = name is "wan" or "flux" ? GuidanceLayout.None : GuidanceLayout.Batched;
        var before = shared.Forward(0);
        var (expected, _) = Run(shared, config, guidance);
        var live = LiveTensors.CountAtStart();
        shared.Model.EnableParallel(layout, all);
        var (outputs, plan) = Run(shared, config, guidance);
        var collectives = shared.Model.Parallel!.Collectives;
        for (var step = 0; step < outputs.Count; step++)
        {
            using (NewDisposeScope())
                Assert.IsLessThanOrEqualTo(Tolerance, (outputs[step] - expected[step]).abs().max().item<float>(), $"{what}, step {step}");
            outputs[step].Dispose();
        }
        var profile = ModelProfiler.Measure(shared.Module, () => shared.Forward(0));
        Assert.AreEqual(plan is null ? UncachedCollectives(shared.Model, layout) : Planned(plan, profile, layout, config), collectives, what);
        shared.Model.DisableParallel();
        Assert.AreEqual(live, Tensor.TotalCount, $"{what}: live tensors");
        Assert.IsTrue(before.equal(shared.Forward(0)).all().item<bool>(), $"{what}: alone again");
    }

    private static long UncachedCollectives(ICacheableModel model, ParallelLayout layout)
    {
        var attentions = model.CacheSites.Count(site => site.Kind == SiteKind.SpatialAttention);
        return SharedModel.Timesteps.Length * ((layout.Sequence > 1 ? 2 * attentions + 1 : 0) + (layout.Guidance > 1 ? 1 : 0));
    }

    // The first forward has nothing before it that it could be compared with.
    private static long Planned(CachePlan plan, ModelProfile profile, ParallelLayout layout, CacheConfig? config) =>
        ParallelTraffic.Of(plan, profile, layout).Collectives + (config is FirstBlockCacheConfig ? plan.Rows.Length - 1 : 0);

    private static (List<Tensor> Outputs, CachePlan? Plan) Run(SharedModel shared, CacheConfig? config, GuidanceLayout layout)
    {
        if (config is null)
            return ([.. SharedModel.Timesteps.Select((_, step) => shared.Forward(step))], null);
        shared.Model.EnableCache(config);
        using var run = shared.Model.BeginRun(SharedModel.Timesteps, layout);
        List<Tensor> outputs = [.. SharedModel.Timesteps.Select((_, step) => shared.Forward(step))];
        var plan = run.Recorded();
        shared.Model.DisableCache();
        return (outputs, plan);
    }
}
