namespace Afterimage.Tuning;

/// <summary>What a plan is to reach. With neither speed nor likeness plans of several speeds are searched.</summary>
public sealed record PlanGoal
{
    /// <summary>How many times as fast a film is to be as without a cache, text and decoding included.</summary>
    public double? Speedup { get; init; }

    /// <summary>How alike films are to be to those without a cache at least: the mean of their PSNR in decibels. The fastest such plan is searched.</summary>
    public double? Psnr { get; init; }

    /// <summary>The most bytes of history that a run may hold.</summary>
    public long? HistoryBytes { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of its range.</exception>
    /// <exception cref="ArgumentException">Speed and likeness are both asked for.</exception>
    public void Validate()
    {
        if (Speedup is { } speedup && !(speedup > 1 && double.IsFinite(speedup)))
            throw new ArgumentOutOfRangeException(nameof(Speedup), speedup, "A speed-up is a number above 1.");
        if (Psnr is { } psnr && !(psnr is > 0 and < 100))
            throw new ArgumentOutOfRangeException(nameof(Psnr), psnr, "A PSNR is between 0 and 100 decibels.");
        if (HistoryBytes is <= 0)
            throw new ArgumentOutOfRangeException(nameof(HistoryBytes), HistoryBytes, "A history has some bytes.");
        if (Speedup is not null && Psnr is not null)
            throw new ArgumentException($"Give {nameof(Speedup)} or {nameof(Psnr)}: of one of them the search finds the best of the other.");
    }
}
