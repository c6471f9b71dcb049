namespace Afterimage.Tuning;

/// <summary>What is measured together: all sites of a kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Part">Of guidance 0 for the low frequencies and 1 for the high ones; 0 of all others.</param>
public readonly record struct RegionName(SiteKind Kind, int Part = 0)
{
    /// <inheritdoc/>
    public override string ToString() => Kind != SiteKind.Guidance ? $"{Kind}" : Part == 0 ? "Guidance, low frequencies" : "Guidance, high frequencies";
}
