using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// TeaCache (arXiv 2411.19108): how much a model's output changes between two steps is a polynomial of how much an indicator does, which is cheap to get. All
/// blocks are skipped, and what they added last is added again, while the changes since the last computed step sum up to less than the threshold.
/// </summary>
/// <remarks>
/// For CogVideoX and Wan the indicator is the embedding of the timestep: with <see cref="TimestepChanges"/> all is known before the run. For Flux and Latte it is the
/// modulated input of the first block, which their <see cref="ChangeIndicatorAttribute"/> gives: it is decided while the run goes on, and a plan of what it did is in
/// <see cref="CacheRun.Recorded"/>. Source: ali-vilab/TeaCache, <c>TeaCache4CogVideoX1.5</c>, <c>TeaCache4FLUX</c>, <c>eval/teacache/experiments/latte.py</c>.
/// </remarks>
public sealed record TeaCacheConfig : CacheConfig
{
    /// <summary>
    /// δ: the sum of changes below which a step is skipped. Published are 0.1, 0.2 and 0.3 for CogVideoX, 0.25, 0.4, 0.6 and 0.8 for Flux, 0.1 and 0.2 for Latte.
    /// </summary>
    public double Threshold { get; init; } = 0.2;

    /// <summary>The polynomial's coefficients, highest power first.</summary>
    public IReadOnlyList<double> Coefficients { get; init => field = ValueList<double>.From(value)!; } = CogVideoX2b;

    /// <summary>
    /// Per step of a run, how much the embedding of its timestep differs from that of the step before: mean distance over mean size. The first is not looked at. The
    /// <c>TimestepChanges</c> of CogVideoX and Wan give it. <see langword="null"/> to decide on the model's <see cref="ChangeIndicatorAttribute"/>.
    /// </summary>
    public IReadOnlyList<double>? TimestepChanges { get; init => field = ValueList<double>.From(value); }

    /// <summary>Coefficients of CogVideoX-2b.</summary>
    public static IReadOnlyList<double> CogVideoX2b { get; } = [-31.0658903, 25.4732368, -5.92380459, 1.75769064, -0.00361568434];

    /// <summary>Coefficients of CogVideoX-5b, text and image to video.</summary>
    public static IReadOnlyList<double> CogVideoX5b { get; } = [-1538.80483, 843.202495, -134.363087, 7.97131516, -0.0523162339];

    /// <summary>Coefficients of CogVideoX1.5-5B.</summary>
    public static IReadOnlyList<double> CogVideoX15 { get; } = [250.210439, -165.061612, 35.7804877, -0.781551492, 0.0358559703];

    /// <summary>Coefficients of CogVideoX1.5-5B-I2V.</summary>
    public static IReadOnlyList<double> CogVideoX15ImageToVideo { get; } = [122.842302, -104.088754, 26.2981677, -0.306009921, 0.037121322];

    /// <summary>Coefficients of FLUX.1.</summary>
    public static IReadOnlyList<double> Flux { get; } = [498.651651, -283.781631, 55.8554382, -3.82021401, 0.264230861];

    /// <summary>Coefficients of Latte-1.</summary>
    public static IReadOnlyList<double> Latte { get; } = [-2464.34137, 308.044764, 80.7447667, -4.11385132, 0.111001402];

    /// <inheritdoc/>
    internal override void Check(ConfigProblems problems)
    {
        problems.Factor(nameof(Threshold), Threshold);
        if (Coefficients.Count == 0 || Coefficients.Any(coefficient => !double.IsFinite(coefficient)))
            problems.Of(nameof(Coefficients), Coefficients, "give finite numbers, the one of the highest power first");
        if (TimestepChanges is { Count: 0 })
            problems.Of(nameof(TimestepChanges), "[]", "they belong to a model and its timesteps: a model's TimestepChanges(timesteps) gives them");
        else if (TimestepChanges?.Any(change => !double.IsFinite(change)) == true)
            problems.Of(nameof(TimestepChanges), TimestepChanges, "give finite numbers, one per step");
    }

    /// <summary>At which steps of a run the blocks are computed: the first, the last, and where the changes have summed up.</summary>
    internal bool[] Computes()
    {
        var sum = 0.0;
        return [.. TimestepChanges!.Select((change, step) => step == 0 || step == TimestepChanges!.Count - 1 || IsDue(change))];

        bool IsDue(double change)
        {
            sum += Polynomial.Of(Coefficients, change);
            if (sum < Threshold)
                return false;
            sum = 0;
            return true;
        }
    }
}
