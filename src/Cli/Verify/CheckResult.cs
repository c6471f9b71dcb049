namespace Afterimage.Cli.Verify;

/// <summary>How a check ended.</summary>
internal enum CheckStatus
{
    Passed,
    Failed,
    NotSupported,
}

/// <summary>What came of comparing one recording.</summary>
/// <param name="Name">The recording: <c>forward</c>, <c>traces/none_ddim20</c>, …</param>
/// <param name="Status">How it ended.</param>
internal sealed record CheckResult(string Name, CheckStatus Status)
{
    /// <summary><c>equal</c>, the first decision that differs, or nothing where there are none.</summary>
    public string? Decisions { get; init; }

    /// <summary>The largest differences, each with its limit.</summary>
    public IReadOnlyList<Difference> Differences { get; init; } = [];

    /// <summary>Why it failed or is not supported, where figures do not say so.</summary>
    public string? Detail { get; init; }

    /// <summary>A result that follows from its figures.</summary>
    public static CheckResult Of(string name, string? decisions, params IReadOnlyList<Difference> differences) =>
        new(name, decisions is null or "equal" && differences.All(difference => difference.Passes) ? CheckStatus.Passed : CheckStatus.Failed)
        {
            Decisions = decisions,
            Differences = differences,
        };
}
