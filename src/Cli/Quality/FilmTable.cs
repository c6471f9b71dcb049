using System.Globalization;
using System.Text;

namespace Afterimage.Cli.Quality;

/// <summary>The report's table of films: their SSIM, and what of their prompts they miss.</summary>
internal static class FilmTable
{
    public static void Write(StringBuilder report, IReadOnlyList<string> prompts, IReadOnlyList<CacheQuality> caches)
    {
        report.Append("SSIM with each cache, by its number above. Letters say what a film does not show of its prompt: **c**olour, **s**hape, **d**irection.\n\n");
        MarkdownTable.Row(report, ["prompt", .. caches.Select((_, i) => $"{i}")]);
        MarkdownTable.Rule(report, caches.Count + 1, left: 1);
        for (var i = 0; i < prompts.Count; i++)
            MarkdownTable.Row(report, [prompts[i], .. caches.Select((cache, c) => Cell(cache.Films[i], isUncached: c == 0))]);
    }

    private static string Cell(QualityFilm film, bool isUncached)
    {
        var (color, kind, direction) = film.Agreement;
        var missing = $"{(color is false ? "c" : "")}{(kind is false ? "s" : "")}{(direction is false ? "d" : "")}";
        if (isUncached)
            return missing.Length > 0 ? $"**{missing}**" : film.Agreement.All is true ? "✓" : "–";
        var ssim = film.Ssim.ToString("F2", CultureInfo.InvariantCulture);
        return missing.Length > 0 ? $"{ssim} **{missing}**" : ssim;
    }
}
