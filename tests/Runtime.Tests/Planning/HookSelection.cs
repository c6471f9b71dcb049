using System.Text.RegularExpressions;

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>Which hook diffusers puts on a module, extended by annotations where a config has no identifiers.</summary>
internal static class HookSelection
{
    private static readonly string[] FasterCacheTransformerBlocks =
        ["^blocks.*attn", "^transformer_blocks.*attn", "^single_transformer_blocks.*attn", "^temporal_transformer_blocks.*attn"];

    public static (int SkipRange, TimestepRange Range)? Of(CacheConfig config, CacheSite site) => config switch
    {
        PyramidAttentionBroadcastConfig broadcast => Of(broadcast, site),
        FasterCacheConfig faster => Of(faster, site),
        _ => null,
    };

    private static (int SkipRange, TimestepRange Range)? Of(PyramidAttentionBroadcastConfig config, CacheSite site)
    {
        if (site.Kind == SiteKind.FeedForward)
            return config.FeedForwardBlockSkipRange is { } n ? (n, config.FeedForwardTimestepSkipRange) : null;

        var spatialSkipRange = config.SpatialAttentionBlockSkipRange;
        if ((spatialSkipRange ?? config.TemporalAttentionBlockSkipRange ?? config.CrossAttentionBlockSkipRange ?? config.FeedForwardBlockSkipRange) is null)
            spatialSkipRange = 2;
        var isCross = site.Kind == SiteKind.CrossAttention;
        if (Matches(config.SpatialAttentionBlockIdentifiers, site, SiteKind.SpatialAttention) && spatialSkipRange is { } spatial && !isCross)
            return (spatial, config.SpatialAttentionTimestepSkipRange);
        if (Matches(config.TemporalAttentionBlockIdentifiers, site, SiteKind.TemporalAttention) && config.TemporalAttentionBlockSkipRange is { } temporal && !isCross)
            return (temporal, config.TemporalAttentionTimestepSkipRange);
        if (Matches(config.CrossAttentionBlockIdentifiers, site, SiteKind.CrossAttention) && config.CrossAttentionBlockSkipRange is { } cross && isCross)
            return (cross, config.CrossAttentionTimestepSkipRange);
        return null;
    }

    private static (int SkipRange, TimestepRange Range)? Of(FasterCacheConfig config, CacheSite site)
    {
        if (site.Kind is SiteKind.CrossAttention or SiteKind.FeedForward)
            return null;
        var isLookedAt = FasterCacheTransformerBlocks.Any(pattern => Regex.IsMatch(site.Name, pattern));
        if ((isLookedAt || config.SpatialAttentionBlockIdentifiers is null)
            && Matches(config.SpatialAttentionBlockIdentifiers, site, SiteKind.SpatialAttention) && config.SpatialAttentionBlockSkipRange is { } spatial)
        {
            return (spatial, config.SpatialAttentionTimestepSkipRange);
        }
        if ((isLookedAt || config.TemporalAttentionBlockIdentifiers is null)
            && Matches(config.TemporalAttentionBlockIdentifiers, site, SiteKind.TemporalAttention) && config.TemporalAttentionBlockSkipRange is { } temporal)
        {
            return (temporal, config.TemporalAttentionTimestepSkipRange);
        }
        return null;
    }

    private static bool Matches(IReadOnlyList<string>? identifiers, CacheSite site, SiteKind annotated) =>
        identifiers is null ? site.Kind == annotated : identifiers.Any(identifier => Regex.IsMatch(site.Name, identifier));
}
