using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// Dual-block caching (cache-dit's DBCache): as <see cref="FirstBlockCacheConfig"/>, with more than one block before the decision, and some after the
/// skipped ones that always run. Parameters and defaults are those of cache-dit's <c>DBCacheConfig</c>.
/// </summary>
public sealed record DBCacheConfig : CacheConfig
{
    /// <summary>F: how many blocks run before the decision.</summary>
    public int FnComputeBlocks { get; init; } = 8;

    /// <summary>B: how many blocks run after the skipped ones.</summary>
    public int BnComputeBlocks { get; init; }

    /// <summary>The largest mean distance, as a share of the mean size, at which the blocks between are skipped.</summary>
    public double ResidualDiffThreshold { get; init; } = 0.08;

    /// <summary>How many forwards at the beginning of a run are all computed.</summary>
    public int MaxWarmupSteps { get; init; } = 8;

    /// <summary>The most forwards of a run that are skipped. −1: no limit.</summary>
    public int MaxCachedSteps { get; init; } = -1;

    /// <summary>The most forwards in a row that are skipped. −1: no limit.</summary>
    public int MaxContinuousCachedSteps { get; init; } = -1;

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        problems.AtLeast(nameof(FnComputeBlocks), FnComputeBlocks, 1, "the decision is made on what the first blocks add: give 1 or more");
        problems.AtLeast(nameof(BnComputeBlocks), BnComputeBlocks, 0, "give the number of last blocks that always run");
        problems.Factor(nameof(ResidualDiffThreshold), ResidualDiffThreshold);
        problems.AtLeast(nameof(MaxWarmupSteps), MaxWarmupSteps, 0, "give the number of forwards that are all computed at first");
        problems.AtLeast(nameof(MaxCachedSteps), MaxCachedSteps, -1, "give the most forwards that are skipped, or -1 for no limit");
        problems.AtLeast(nameof(MaxContinuousCachedSteps), MaxContinuousCachedSteps, -1, "give the most forwards in a row that are skipped, or -1 for no limit");
    }
}
