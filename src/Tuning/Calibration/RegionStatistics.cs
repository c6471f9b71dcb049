namespace Afterimage.Tuning;

/// <summary>What was measured of a region in the run of one prompt.</summary>
/// <param name="Products">The inner products of its values at all steps.</param>
/// <param name="Changes">By step, mean |value − the one before| / mean |the one before|; 0 for the first.</param>
/// <param name="Ratios">By step, the mean over tokens of ‖value‖ / ‖the one before‖, as MagCache has them; 1 for the first.</param>
public sealed record RegionStatistics(StepProducts Products, IReadOnlyList<double> Changes, IReadOnlyList<double> Ratios);
