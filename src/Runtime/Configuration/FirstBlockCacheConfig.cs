using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// First-block caching (ParaAttention): the first block always runs, and where what it adds to its input is near what it added at the last
/// computed forward, all others are skipped and what they added then is added again. The parameter and its default are those of diffusers'
/// <c>FirstBlockCacheConfig</c> (<c>hooks/first_block_cache.py</c>).
/// </summary>
/// <remarks>It decides while it runs: a plan of what it did is in <see cref="CacheRun.Recorded"/>.</remarks>
public sealed record FirstBlockCacheConfig : CacheConfig
{
    /// <summary>The largest mean distance, as a share of the mean size, at which the other blocks are skipped.</summary>
    public double Threshold { get; init; } = 0.05;

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems) => problems.Factor(nameof(Threshold), Threshold);
}
