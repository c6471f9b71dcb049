using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// Pyramid Attention Broadcast (arXiv 2408.12588, section 3.2): within a range of timesteps an attention is computed on every
/// N-th forward, and its output is handed out unchanged on the forwards between. Parameters and defaults are those of
/// diffusers' <c>PyramidAttentionBroadcastConfig</c> (<c>hooks/pyramid_attention_broadcast.py</c>), and the feed-forward's,
/// which diffusers leaves out.
/// </summary>
/// <remarks>With no skip range at all the spatial one is taken as 2, as diffusers does; the plan says so in its notes.</remarks>
public sealed record PyramidAttentionBroadcastConfig : CacheConfig
{
    /// <summary>N of spatial attention: computed on every N-th forward within the range. Null leaves it alone.</summary>
    public int? SpatialAttentionBlockSkipRange { get; init; }

    /// <summary>N of temporal attention. Null leaves it alone.</summary>
    public int? TemporalAttentionBlockSkipRange { get; init; }

    /// <summary>N of cross attention. Null leaves it alone.</summary>
    public int? CrossAttentionBlockSkipRange { get; init; }

    /// <summary>N of feed-forward layers (the paper's MLP broadcast, section 3.2; not in diffusers). Null leaves them alone.</summary>
    public int? FeedForwardBlockSkipRange { get; init; }

    /// <summary>The timesteps at which spatial attention may be reused.</summary>
    public TimestepRange SpatialAttentionTimestepSkipRange { get; init; } = (100, 800);

    /// <summary>The timesteps at which temporal attention may be reused.</summary>
    public TimestepRange TemporalAttentionTimestepSkipRange { get; init; } = (100, 800);

    /// <summary>The timesteps at which cross attention may be reused.</summary>
    public TimestepRange CrossAttentionTimestepSkipRange { get; init; } = (100, 800);

    /// <summary>The timesteps at which feed-forward layers may be reused.</summary>
    public TimestepRange FeedForwardTimestepSkipRange { get; init; } = (100, 800);

    /// <summary>
    /// Regular expressions searched in a site's full name: which sites that are not cross attention take the spatial setting.
    /// Null: those annotated as spatial.
    /// </summary>
    public IReadOnlyList<string>? SpatialAttentionBlockIdentifiers { get; init => field = ValueList<string>.From(value); }

    /// <summary>As above, for the temporal setting. A site that the spatial setting takes is not asked.</summary>
    public IReadOnlyList<string>? TemporalAttentionBlockIdentifiers { get; init => field = ValueList<string>.From(value); }

    /// <summary>Which cross attention sites take the cross setting. Null: all.</summary>
    public IReadOnlyList<string>? CrossAttentionBlockIdentifiers { get; init => field = ValueList<string>.From(value); }

    internal override void Check(ConfigProblems problems)
    {
        problems.SkipRange(nameof(SpatialAttentionBlockSkipRange), SpatialAttentionBlockSkipRange);
        problems.SkipRange(nameof(TemporalAttentionBlockSkipRange), TemporalAttentionBlockSkipRange);
        problems.SkipRange(nameof(CrossAttentionBlockSkipRange), CrossAttentionBlockSkipRange);
        problems.SkipRange(nameof(FeedForwardBlockSkipRange), FeedForwardBlockSkipRange);
        problems.Timesteps(nameof(SpatialAttentionTimestepSkipRange), SpatialAttentionTimestepSkipRange);
        problems.Timesteps(nameof(TemporalAttentionTimestepSkipRange), TemporalAttentionTimestepSkipRange);
        problems.Timesteps(nameof(CrossAttentionTimestepSkipRange), CrossAttentionTimestepSkipRange);
        problems.Timesteps(nameof(FeedForwardTimestepSkipRange), FeedForwardTimestepSkipRange);
        problems.Patterns(nameof(SpatialAttentionBlockIdentifiers), SpatialAttentionBlockIdentifiers);
        problems.Patterns(nameof(TemporalAttentionBlockIdentifiers), TemporalAttentionBlockIdentifiers);
        problems.Patterns(nameof(CrossAttentionBlockIdentifiers), CrossAttentionBlockIdentifiers);
    }
}
