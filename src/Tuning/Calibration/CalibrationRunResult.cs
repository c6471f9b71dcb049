namespace Afterimage.Tuning;

/// <summary>What the run of one prompt gave, which computed everything.</summary>
/// <param name="Prompt">Which prompt.</param>
/// <param name="Regions">Of each region.</param>
/// <param name="IndicatorChanges">By step, how much the model's indicator of change differed from the one before; <see langword="null"/> where it has none.</param>
internal sealed record CalibrationRunResult(int Prompt, IReadOnlyList<MeasuredRegion> Regions, IReadOnlyList<double>? IndicatorChanges);

/// <summary>A region's statistics with their name.</summary>
internal sealed record MeasuredRegion(RegionName Name, RegionStatistics Statistics);

/// <summary>How far a film is off whose region was reused in a few steps, and computed in all others.</summary>
/// <param name="Kind">The region's kind.</param>
/// <param name="Step">The first step that reused it.</param>
/// <param name="Prompt">Which prompt.</param>
/// <param name="FilmError">The root mean square of the film's differences.</param>
internal sealed record Perturbation(SiteKind Kind, int Step, int Prompt, double FilmError);

/// <summary>What the steps of one film took that skipped now this, now that.</summary>
/// <param name="Film">Which of the films that measure this.</param>
/// <param name="Fixed">Seconds beside the steps.</param>
/// <param name="Steps">Of each step what it skipped, and its seconds.</param>
internal sealed record CostSample(int Film, double Fixed, IReadOnlyList<StepCost> Steps);

/// <summary>The seconds of a step.</summary>
/// <param name="Skipped">As <see cref="SkippedKinds.ToString"/>.</param>
/// <param name="KeepsGuidance">Whether the film's full steps kept the difference of guidance.</param>
/// <param name="Seconds">What it took.</param>
internal sealed record StepCost(string Skipped, bool KeepsGuidance, double Seconds);
