using Afterimage.Models;
using Afterimage.Video;

namespace Afterimage.Cli.Quality;

/// <summary>The picture of a report: the middle frames of some films of every cache.</summary>
internal static class QualityPicture
{
    public const int Columns = 6;

    /// <summary>Which prompts are on it.</summary>
    public static IReadOnlyList<int> Shown(int prompts) =>
        [.. Enumerable.Range(0, Math.Min(Columns, prompts)).Select(i => i * prompts / Math.Min(Columns, prompts))];

    /// <summary>Refuses a picture that does not fit into memory.</summary>
    /// <exception cref="InsufficientMemoryException">It does not.</exception>
    /// <exception cref="ArgumentException">It is larger than an array is long.</exception>
    public static void Check(QualityRequest request, GenerationRequest sizes)
    {
        if (request is not { Picture: { } path, Scale: { } scale })
            return;
        var (width, height) = ((double)scale * sizes.Width * Shown(request.Prompts.Count).Count, (double)scale * sizes.Height * request.Caches.Count);
        MemoryEstimate.Require($"--scale {scale}", 4 * width * height, "the picture", "ask for less");
        Film.CheckForm(path, isPicture: true, (long)width, (long)height);
    }

    public static void Write(string path, QualityRequest request, QualityWork work)
    {
        var shown = Shown(request.Prompts.Count);
        ContactSheet.Save(
            path,
            [.. shown.Select(prompt => request.Prompts[prompt])],
            [.. request.Caches.Select((cache, i) => new ContactRow(i == 0 ? "no cache" : $"{i}  {cache.Name}", [.. shown.Select(prompt => StillOf(work, i, prompt))]))],
            request.Scale);
    }

    private static Film StillOf(QualityWork work, int cache, int prompt)
    {
        using var still = work.ReadStill(cache, prompt);
        return new Film(still, framesPerSecond: 1);
    }
}
