using BenchmarkDotNet.Attributes;

namespace Afterimage.Benchmarks;

/// <summary>Plans of 50 steps for a model of 60 blocks of two sites.</summary>
[MemoryDiagnoser]
public class PlanBenchmark
{
    private static readonly CacheSite[] s_sites =
    [
        new("blocks", SiteKind.BlockStack, LeftOutWith: "proj_out"), new("proj_out", SiteKind.OutputProjection),
        .. Enumerable.Range(0, 60).SelectMany(block => new CacheSite[]
        {
            new($"blocks.{block}.attn", SiteKind.SpatialAttention, LeftOutWith: "blocks"), new($"blocks.{block}.ff", SiteKind.FeedForward, LeftOutWith: "blocks"),
        }),
    ];

    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 50).Select(step => 999.0 - (20 * step))];

    private static readonly PyramidAttentionBroadcastConfig s_pyramid = new() { SpatialAttentionBlockSkipRange = 2 };

    [Benchmark]
    public CachePlan Pyramid() => Create(s_pyramid);

    [Benchmark]
    public CachePlan TaylorSeer() => Create(new TaylorSeerCacheConfig { MaxOrder = 2 });

    [Benchmark]
    public CachePlan Composition() => Create(CacheConfig.Compose(
        new StepMaskConfig { Mask = StepMaskConfig.MaskOf(50, Enumerable.Range(0, 25).Select(step => 2 * step)) }, s_pyramid));

    private static CachePlan Create(CacheConfig config) => CachePlan.Create(config, s_timesteps, s_sites, GuidanceLayout.Batched);
}
