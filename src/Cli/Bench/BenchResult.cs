using Afterimage.Tuning;

namespace Afterimage.Cli.Bench;

/// <summary>What one cache cost over some runs.</summary>
internal sealed record BenchResult
{
    public required string Cache { get; init; }

    /// <summary>The median of whole runs.</summary>
    public required double SecondsPerRun { get; init; }

    /// <summary>The median over rounds of (run without cache) / (run with this cache), both of one round.</summary>
    public required double Speedup { get; init; }

    /// <summary>The same with the range that it is known to, over as many rounds.</summary>
    public Spread SpeedupSpread { get; init; }

    public required IReadOnlyList<StepKind> Steps { get; init; }

    /// <summary>The most resident memory of a process that makes one such run and nothing else; null where that was not measured.</summary>
    public long? PeakMemoryBytes { get; init; }

    public required long HistoryBytes { get; init; }

    /// <summary>How far the final latents are from those without a cache, as a share of their largest magnitude.</summary>
    public required double Moved { get; init; }
}

/// <summary>Steps that did the same work.</summary>
internal sealed record StepKind(string Kind, int CountPerRun, double MedianSeconds, double MinimumSeconds);

/// <summary>A whole report.</summary>
internal sealed record BenchReport(
    string Model, string Inputs, string Dtype, string Machine, int Threads, string Scheduler, int Steps, int Rounds, IReadOnlyList<BenchResult> Caches);
