namespace Afterimage.Cli.Bench;

/// <summary>What loading a model took.</summary>
internal sealed record LoadReport
{
    public required string Model { get; init; }

    public required string Dtype { get; init; }

    /// <summary>The bytes of weights in the files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>The bytes of weights in memory.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>The resident memory of the process just before: the runtime and libtorch.</summary>
    public required long BeforeBytes { get; init; }

    /// <summary>The most resident memory of the process, all of it counted.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Peak over weights.</summary>
    public required double Ratio { get; init; }

    public required double Seconds { get; init; }
}
