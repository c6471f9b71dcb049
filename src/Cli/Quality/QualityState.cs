namespace Afterimage.Cli.Quality;

/// <summary>What is finished of a report, as it lies in the folder of the work.</summary>
internal sealed record QualityState
{
    /// <summary>What everything measured depends on.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>The number of frames and the size of the films.</summary>
    public string Form { get; set; } = "";

    public List<QualityTiming> Timings { get; init; } = [];

    public List<QualityFilm> Films { get; init; } = [];
}
