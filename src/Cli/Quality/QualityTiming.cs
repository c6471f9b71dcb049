namespace Afterimage.Cli.Quality;

/// <summary>What one generation of one film took.</summary>
/// <param name="Cache">Which cache of the request's, 0 for none.</param>
/// <param name="Prompt">Which prompt of the request's.</param>
/// <param name="Repeat">Which generation of this film, from 0.</param>
/// <param name="Seconds">From the prompt to the frames.</param>
/// <param name="SitesSkipped">The share of forwards of the cached sites that were not computed.</param>
/// <param name="UnconditionalSkipped">The share of forwards without the unconditional half of guidance.</param>
/// <param name="HistoryBytes">The most history that the cache held.</param>
/// <param name="PeakBytes">The most memory of the process; 0 on CUDA, whose memory is not the process's.</param>
/// <param name="Notes">What there is to know of plan and prompt.</param>
internal sealed record QualityTiming(
    int Cache,
    int Prompt,
    int Repeat,
    double Seconds,
    double SitesSkipped,
    double UnconditionalSkipped,
    long HistoryBytes,
    long PeakBytes,
    IReadOnlyList<string> Notes);
