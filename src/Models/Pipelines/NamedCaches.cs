namespace Afterimage.Models;

/// <summary>The caches that have a name, with the settings of the pages that describe them.</summary>
internal static class NamedCaches
{
    /// <summary>Pyramid Attention Broadcast as on the diffusers page for it.</summary>
    public static readonly PyramidAttentionBroadcastConfig Pyramid = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (100, 800),
    };

    /// <summary>FasterCache as on the diffusers page for it.</summary>
    public static readonly FasterCacheConfig Faster = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        SpatialAttentionTimestepSkipRange = (-1, 681),
        UnconditionalBatchSkipRange = 5,
        UnconditionalBatchTimestepSkipRange = (-1, 781),
        AttentionWeightCallback = _ => 0.3,
        TensorFormat = TensorFormat.BFCHW,
    };

    /// <summary>All by their names; <c>none</c> has no config.</summary>
    public static IReadOnlyDictionary<string, CacheConfig?> All { get; } = new OrderedDictionary<string, CacheConfig?>
    {
        ["none"] = null,
        ["pab"] = Pyramid,
        ["faster"] = Faster,
        // With diffusers' defaults,
        ["taylor"] = new TaylorSeerCacheConfig(),
        // and in its form that forecasts the output alone.
        ["taylor-lite"] = new TaylorSeerCacheConfig { UseLiteMode = true },
        ["fbc"] = new FirstBlockCacheConfig(),
        // With the settings that were published for Wan.
        ["easy"] = new EasyCacheConfig(),
    };
}
