using Afterimage.Tuning;

namespace Afterimage.Cli.Bench;

/// <summary>How near steps come to what the machine can do.</summary>
/// <param name="LayerGflops">Linear layers and convolutions alone, weighted as in the steps: 10⁹ operations a second.</param>
/// <param name="AttentionGflops">Attention alone, likewise.</param>
/// <param name="PassGigabytes">Copies of the tensors between them: 10⁹ bytes a second, read and written.</param>
internal sealed record LimitReport(
    string Model, string Inputs, string Dtype, string Machine, int Threads, int Steps, int Rounds,
    double LayerGflops, double AttentionGflops, double PassGigabytes, IReadOnlyList<LimitResult> Kinds);

/// <summary>The steps of one kind.</summary>
internal sealed record LimitResult
{
    public required string Cache { get; init; }

    public required string Kind { get; init; }

    /// <summary>How many there were in all rounds.</summary>
    public required int Count { get; init; }

    /// <summary>10⁹ floating-point operations of a step.</summary>
    public required double Gflop { get; init; }

    /// <summary>The seconds of its layers alone; medians, as all of these.</summary>
    public required double LayerSeconds { get; init; }

    public required double AttentionSeconds { get; init; }

    public required double PassSeconds { get; init; }

    /// <summary>Of the three together.</summary>
    public required double LimitSeconds { get; init; }

    /// <summary>The seconds of a step.</summary>
    public required Spread Seconds { get; init; }

    /// <summary>The limit over the seconds, both taken one after the other.</summary>
    public required Spread Share { get; init; }
}
