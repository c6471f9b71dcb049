using Afterimage.Video;

namespace Afterimage.Cli.Quality;

/// <summary>The report's picture: a row for every cache, a column for each of a few prompts.</summary>
internal static class QualityPicture
{
    /// <summary>How many prompts there are at most.</summary>
    public const int Columns = 6;

    public static void Write(string path, QualityRequest request, QualityFilms films) => ContactSheet.Save(
        path,
        [.. films.Shown.Select(prompt => request.Prompts[prompt])],
        [
            .. request.Caches.Select((cache, i) => new ContactRow(
                i == 0 ? "no cache" : $"{i}  {cache.Name}", [.. films.Shown.Select(prompt => films.Still(i, prompt))])),
        ]);
}
