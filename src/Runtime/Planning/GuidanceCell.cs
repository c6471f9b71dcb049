namespace Afterimage;

/// <summary>What a plan says of the unconditional half of guidance at one forward.</summary>
/// <param name="Action">Whether the half is computed.</param>
/// <param name="LowFrequencyWeight">
/// Of a skipped half: the factor of the stored difference's low frequencies, the product of this row's weight and those of all
/// skipped rows since the last full one.
/// </param>
/// <param name="HighFrequencyWeight">The same of the high frequencies.</param>
public readonly record struct GuidanceCell(GuidanceAction Action, double LowFrequencyWeight = 1, double HighFrequencyWeight = 1)
{
    /// <summary>The forward runs on what it is given.</summary>
    public static GuidanceCell Full => new(GuidanceAction.Full);

    /// <summary>The forward runs on what it is given, and unconditional − conditional is kept.</summary>
    public static GuidanceCell FullAndStore => new(GuidanceAction.FullAndStore);
}

/// <summary>What becomes of the unconditional half of a batch at one forward.</summary>
public enum GuidanceAction
{
    /// <summary>The forward runs on what it is given.</summary>
    Full,

    /// <summary>The forward runs on what it is given, and the difference of its halves is kept, split in frequency.</summary>
    FullAndStore,

    /// <summary>The forward runs on the conditional half; the other is rebuilt from the kept difference.</summary>
    SkipUnconditional,
}
