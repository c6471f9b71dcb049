using System.Globalization;
using Afterimage.Models;
using Afterimage.Tuning;

namespace Afterimage.Cli.Quality;

/// <summary>What the films of a report that are still to be measured take on the disk, in numbers of 32 bits.</summary>
internal static class QualityDisk
{
    /// <summary>Refuses work whose films do not fit beside the report.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="film">The sizes of each film.</param>
    /// <param name="free">What is free there, if not what the system says.</param>
    /// <exception cref="IOException">They do not fit.</exception>
    public static void Check(QualityRequest request, GenerationRequest film, double? free = null)
    {
        var films = MostAtATime(request.Prompts.Count, request.Repeats, request.Caches.Count);
        DiskEstimate.Require(
            string.Create(CultureInfo.InvariantCulture, $"{films} films at a time of {film.LeastFrames} frames of {film.Width} × {film.Height}"),
            (double)films * film.LeastFrames * 3 * film.Width * film.Height * sizeof(float),
            Path.GetDirectoryName(Path.GetFullPath(request.Target))!,
            free);
    }

    /// <summary>How many films are kept at once: those of a prompt until the one without a cache is there, and then that one beside each other.</summary>
    public static int MostAtATime(int prompts, int repeats, int caches) => Enumerable.Range(0, prompts)
        .Select(prompt => Rounds.Order(prompt * repeats, caches).Index().First(place => place.Item == 0).Index + 1)
        .Append(Math.Min(2, caches)).Max();
}
