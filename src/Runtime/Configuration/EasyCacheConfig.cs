using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// EasyCache (arXiv 2507.02860): between two steps the output changes by about as much, relative to the change of the latents, as between the last two that were
/// computed. While the changes that this lets expect sum up to less than the threshold the model does not run at all, and its output is that of the last computed
/// step, moved along with the latents.
/// </summary>
/// <remarks>
/// It decides while it runs: a plan of what it did is in <see cref="CacheRun.Recorded"/>. Where a step has several cache contexts the first one decides for all.
/// Source: H-EmbodVis/EasyCache, <c>EasyCache4Wan2.1</c>.
/// </remarks>
public sealed record EasyCacheConfig : CacheConfig
{
    /// <summary>The sum of changes below which a step is skipped. Published are 0.05 for Wan 2.1 and 0.025 for HunyuanVideo.</summary>
    public double Threshold { get; init; } = 0.05;

    /// <summary>How many forwards at the beginning of a run are all computed. Published are 10 for Wan 2.1 and 5 for HunyuanVideo.</summary>
    public int RetentionSteps { get; init; } = 10;

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        problems.Factor(nameof(Threshold), Threshold);
        problems.AtLeast(nameof(RetentionSteps), RetentionSteps, 0, "give the number of forwards that are all computed at first");
    }
}
