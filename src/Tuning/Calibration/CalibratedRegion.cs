namespace Afterimage.Tuning;

/// <summary>What was measured of a region.</summary>
/// <param name="Name">All sites of a kind.</param>
/// <param name="Prompts">What was measured in the run of each prompt.</param>
/// <param name="Sensitivity">
/// By step, how large the error of the film is for an error of the region's value there, both as root mean squares; 0 where it was not measured. What lies between the steps that were
/// perturbed is interpolated.
/// </param>
public sealed record CalibratedRegion(RegionName Name, IReadOnlyList<RegionStatistics> Prompts, IReadOnlyList<double> Sensitivity);
