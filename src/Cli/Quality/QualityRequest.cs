using Afterimage.Cli.Generate;
using Afterimage.Models;

namespace Afterimage.Cli.Quality;

/// <summary>What <c>quality</c> was asked for.</summary>
/// <param name="Pipeline">What generates the films.</param>
/// <param name="Options">How, with the seed of the first film; each other has the next.</param>
/// <param name="Image">The picture that they begin with, if any.</param>
/// <param name="Prompts">What they show, as often as there are films of a prompt.</param>
/// <param name="FilmsPerPrompt">How often each prompt is there.</param>
/// <param name="Caches">No cache, and then others.</param>
/// <param name="Repeats">How often each film is generated, for its time.</param>
/// <param name="Target">Where the report goes.</param>
/// <param name="Picture">Where a picture of some films goes, if anywhere.</param>
/// <param name="Scale">The sides of the square that a pixel becomes on it, or null for what suits.</param>
/// <param name="CommandLine">What was typed.</param>
internal sealed record QualityRequest(
    PipelineChoice Pipeline,
    GenerationOptions Options,
    string? Image,
    IReadOnlyList<string> Prompts,
    int FilmsPerPrompt,
    IReadOnlyList<CacheChoice> Caches,
    int Repeats,
    string Target,
    string? Picture,
    int? Scale,
    string CommandLine)
{
    /// <summary>How many films are generated, each as often as it is.</summary>
    public int Films => Prompts.Count * Caches.Count * Repeats;

    /// <summary>Refuses more films than their measurements can be kept of.</summary>
    /// <exception cref="InsufficientMemoryException">They are more.</exception>
    public static void CheckCount(int prompts, int filmsPerPrompt, int caches, int repeats)
    {
        const double BytesAFilm = 64;
        MemoryEstimate.Require(
            $"--num-images {filmsPerPrompt}, --repeats {repeats}", BytesAFilm * prompts * filmsPerPrompt * caches * repeats, "what is measured", "ask for fewer");
        if ((double)prompts * filmsPerPrompt * caches * repeats > int.MaxValue)
            throw new ArgumentException($"--num-images {filmsPerPrompt}, --repeats {repeats} with {prompts} prompts and {caches} caches are more films than can be counted: ask for fewer.");
    }
}
