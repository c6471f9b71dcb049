using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// MagCache (arXiv 2506.09045): what the blocks of a model add to their input changes in length from step to step by ratios that are much
/// the same for every prompt. As long as the product of the ratios is near 1, all blocks are skipped and what they added last is
/// added again. Parameters and defaults are those of diffusers' <c>MagCacheConfig</c> (<c>hooks/mag_cache.py</c>).
/// </summary>
public sealed partial record MagCacheConfig : CacheConfig
{
    /// <summary>How far the product of the ratios may be from 1, summed up over the steps since the last computation.</summary>
    public double Threshold { get; init; } = 0.06;

    /// <summary>The most steps in a row that are skipped (K).</summary>
    public int MaxSkipSteps { get; init; } = 3;

    /// <summary>The share of the steps, at the beginning of a run, that are all computed.</summary>
    public double RetentionRatio { get; init; } = 0.2;

    /// <summary>The steps of a run, to which the ratios are stretched.</summary>
    public int NumInferenceSteps { get; init; } = 28;

    /// <summary>
    /// The ratios of a checkpoint, one per step: mean length of what the blocks added, over that of the step before. A list of another length is
    /// stretched to <see cref="NumInferenceSteps"/> by its nearest elements.
    /// </summary>
    public IReadOnlyList<double>? MagRatios { get; init => field = ValueList<double>.From(value); }

    /// <summary>
    /// Skips nothing and measures the ratios of a run, for <see cref="MagRatios"/> of later ones: <see cref="CacheRun.MagRatios"/> has them.
    /// </summary>
    public bool Calibrate { get; init; }

    /// <summary>The ratios of FLUX.1, at 28 steps, as published.</summary>
    public static IReadOnlyList<double> FluxMagRatios { get; } =
    [
        1.0, 1.21094, 1.11719, 1.07812, 1.0625, 1.03906, 1.03125, 1.03906, 1.02344, 1.03125, 1.02344, 0.98047, 1.01562, 1.00781,
        1.0, 1.00781, 1.0, 1.00781, 1.0, 1.0, 0.99609, 0.99609, 0.98047, 0.98828, 0.96484, 0.95703, 0.93359, 0.89062,
    ];

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        problems.Factor(nameof(Threshold), Threshold);
        problems.AtLeast(nameof(MaxSkipSteps), MaxSkipSteps, 0, "give the most steps in a row that may be skipped");
        problems.AtLeast(nameof(NumInferenceSteps), NumInferenceSteps, 1, "give the steps of a run");
        if (!(RetentionRatio is >= 0 and <= 1))
            problems.Of(nameof(RetentionRatio), RetentionRatio, "give a share of the steps, from 0 to 1");
        if (!Calibrate && MagRatios is null or { Count: 0 })
            problems.Of(nameof(MagRatios), MagRatios is null ? "null" : "[]", $"they belong to a checkpoint: measure those of yours with {nameof(Calibrate)}, or for FLUX.1 take {nameof(FluxMagRatios)}");
        else if (MagRatios?.Any(ratio => !double.IsFinite(ratio)) == true)
            problems.Of(nameof(MagRatios), "not all finite", "give finite numbers");
    }

    /// <summary>At which steps of a run its blocks are computed.</summary>
    internal bool[] Computes()
    {
        var ratios = Stretched();
        var retained = (int)(RetentionRatio * NumInferenceSteps + 0.5);
        var (ratio, error, skipped) = (1.0, 0.0, 0);
        return [.. ratios.Select((next, step) => Calibrate || step < retained || !Skips(next, hasResidual: step > 0))];

        bool Skips(double next, bool hasResidual)
        {
            ratio *= next;
            skipped++;
            error += Math.Abs(1 - ratio);
            if (hasResidual && error <= Threshold && skipped <= MaxSkipSteps)
                return true;
            (ratio, error, skipped) = (1, 0, 0);
            return false;
        }
    }

    /// <summary>The ratio of every step.</summary>
    private double[] Stretched()
    {
        if (Calibrate)
            return [.. Enumerable.Repeat(1.0, NumInferenceSteps)];
        var ratios = MagRatios!;
        if (ratios.Count == NumInferenceSteps)
            return [.. ratios];
        if (NumInferenceSteps == 1)
            return [ratios[^1]];
        var scale = (ratios.Count - 1.0) / (NumInferenceSteps - 1);
        // Halves go to the even neighbour, as numpy rounds.
        return [.. Enumerable.Range(0, NumInferenceSteps).Select(step => ratios[(int)Math.Round(step * scale, MidpointRounding.ToEven)])];
    }
}
