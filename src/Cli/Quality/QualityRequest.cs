using Afterimage.Cli.Generate;
using Afterimage.Models;

namespace Afterimage.Cli.Quality;

/// <summary>What <c>quality</c> was asked for.</summary>
/// <param name="Pipeline">What generates the films.</param>
/// <param name="Options">How, with the seed of the first prompt; each other has the next.</param>
/// <param name="Prompts">What they show.</param>
/// <param name="Caches">No cache, and then others.</param>
/// <param name="Repeats">How often each film is generated, for its time.</param>
/// <param name="Target">Where the report goes.</param>
/// <param name="Picture">Where a picture of some films goes, if anywhere.</param>
/// <param name="CommandLine">What was typed.</param>
internal sealed record QualityRequest(
    PipelineChoice Pipeline,
    GenerationOptions Options,
    IReadOnlyList<string> Prompts,
    IReadOnlyList<CacheChoice> Caches,
    int Repeats,
    string Target,
    string? Picture,
    string CommandLine)
{
    /// <summary>How many films are generated, each as often as it is.</summary>
    public int Films => Prompts.Count * Caches.Count * Repeats;
}
