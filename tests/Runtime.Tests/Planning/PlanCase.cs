using CsCheck;

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>Random input of a planner.</summary>
internal sealed record PlanCase(CacheConfig Config, double[] Timesteps, CacheSite[] Sites, GuidanceLayout Layout)
{
    private static readonly CacheSite[] AllSites =
    [
        new("transformer_blocks.0.attn1", SiteKind.SpatialAttention),
        new("transformer_blocks.0.attn2", SiteKind.CrossAttention),
        new("transformer_blocks.0.ff", SiteKind.FeedForward),
        new("temporal_transformer_blocks.0.attn1", SiteKind.TemporalAttention),
        new("single_transformer_blocks.0.attn", SiteKind.SpatialAttention),
        new("refiner.blocks.0.attn", SiteKind.SpatialAttention),
        new("blocks.0.attn2", SiteKind.CrossAttention),
        new("layers.0.temporal", SiteKind.TemporalAttention),
    ];

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static readonly Gen<int> N = Gen.Int[1, 6];

    private static readonly Gen<int?> OptionalN = Gen.Frequency((1, Gen.Const(() => (int?)null)), (2, N.Select(n => (int?)n)));

    // Ends fall on timesteps often, since being strict there is the point.
    private static readonly Gen<double> Timestep = Gen.Frequency((3, Gen.Int[-1, 10].Select(i => i * 100.0)), (1, Gen.Double[0, 1000]));

    private static readonly Gen<TimestepRange> Range = Gen.Select(Timestep, Timestep, (a, b) => new TimestepRange(Math.Min(a, b), Math.Max(a, b)));

    private static readonly Gen<IReadOnlyList<string>?> Identifiers = Gen.Frequency(
        (3, Gen.Const(() => (IReadOnlyList<string>?)null)),
        (1, AnyOf("blocks", "transformer_blocks", "^transformer_blocks.*attn", "temporal", "attn2", "layers|single", "nothing").Array[1, 2]
            .Select(IReadOnlyList<string>? (patterns) => patterns)));

    private static readonly Gen<double> Weight = Gen.Frequency((1, AnyOf(0.0, 1.0, -1.0)), (3, Gen.Double[-0.5, 1.5]));

    private static readonly Gen<Func<CacheStep, double>?> Weights = Gen.Frequency(
        (1, Gen.Bool.Select(_ => (Func<CacheStep, double>?)null)),
        (1, Weight.Array[41].Select(Func<CacheStep, double>? (weights) => WeightSchedule.ByStep(weights))),
        (1, Weight.Array[64].Select(Func<CacheStep, double>? (weights) => step => weights[(step.Index * 7 + (step.Site?.Name.Length ?? 0)) % 64])));

    private static readonly Gen<PyramidAttentionBroadcastConfig> Broadcast =
        from skip in OptionalN.Array[4]
        from range in Range.Array[4]
        from identifiers in Identifiers.Array[3]
        from shared in Gen.Bool
        select new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = skip[0],
            TemporalAttentionBlockSkipRange = skip[1],
            CrossAttentionBlockSkipRange = skip[2],
            FeedForwardBlockSkipRange = skip[3],
            SpatialAttentionTimestepSkipRange = range[0],
            TemporalAttentionTimestepSkipRange = range[1],
            CrossAttentionTimestepSkipRange = range[2],
            FeedForwardTimestepSkipRange = range[3],
            SpatialAttentionBlockIdentifiers = identifiers[0],
            TemporalAttentionBlockIdentifiers = identifiers[1],
            CrossAttentionBlockIdentifiers = identifiers[2],
            ShareStateAcrossContexts = shared,
        };

    private static readonly Gen<FasterCacheConfig> Faster =
        from skip in OptionalN.Array[2]
        from n in N
        from range in Range.Array[5]
        from identifiers in Identifiers.Array[2]
        from weights in Weights.Array[3]
        from alpha in Weight.Array[2]
        from distilled in Gen.Bool
        from shared in Gen.Bool
        select new FasterCacheConfig
        {
            SpatialAttentionBlockSkipRange = skip[0],
            TemporalAttentionBlockSkipRange = skip[1],
            UnconditionalBatchSkipRange = n,
            SpatialAttentionTimestepSkipRange = range[0],
            TemporalAttentionTimestepSkipRange = range[1],
            UnconditionalBatchTimestepSkipRange = range[2],
            LowFrequencyWeightUpdateTimestepRange = range[3],
            HighFrequencyWeightUpdateTimestepRange = range[4],
            SpatialAttentionBlockIdentifiers = identifiers[0],
            TemporalAttentionBlockIdentifiers = identifiers[1],
            AttentionWeightCallback = weights[0],
            LowFrequencyWeightCallback = weights[1],
            HighFrequencyWeightCallback = weights[2],
            AlphaLowFrequency = alpha[0],
            AlphaHighFrequency = alpha[1],
            IsGuidanceDistilled = distilled,
            ShareStateAcrossContexts = shared,
        };

    public static readonly Gen<PlanCase> Any =
        from config in Gen.OneOf(Broadcast.Select(CacheConfig (c) => c), Faster.Select(CacheConfig (c) => c))
        from timesteps in Timestep.Array[1, 40]
        from isSorted in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        from sites in Gen.Shuffle(AllSites)
        from count in Gen.Int[1, 8]
        from layout in config is FasterCacheConfig { IsGuidanceDistilled: false } ? Gen.Const(GuidanceLayout.Batched) : Gen.Enum<GuidanceLayout>()
        select new PlanCase(config, isSorted ? [.. timesteps.OrderDescending()] : timesteps, sites[..count], layout);
}
