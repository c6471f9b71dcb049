using Afterimage.Video;

namespace Afterimage.Cli.Quality;

/// <summary>The picture of a report: the middle frames of some films of every cache.</summary>
internal static class QualityPicture
{
    public const int Columns = 6;

    /// <summary>Which prompts are on it.</summary>
    public static IReadOnlyList<int> Shown(int prompts) =>
        [.. Enumerable.Range(0, Math.Min(Columns, prompts)).Select(i => i * prompts / Math.Min(Columns, prompts))];

    public static void Write(string path, QualityRequest request, QualityWork work)
    {
        var shown = Shown(request.Prompts.Count);
        ContactSheet.Save(
            path,
            [.. shown.Select(prompt => request.Prompts[prompt])],
            [.. request.Caches.Select((cache, i) => new ContactRow(i == 0 ? "no cache" : $"{i}  {cache.Name}", [.. shown.Select(prompt => StillOf(work, i, prompt))]))]);
    }

    private static Film StillOf(QualityWork work, int cache, int prompt)
    {
        using var still = work.ReadStill(cache, prompt);
        return new Film(still, framesPerSecond: 1);
    }
}
