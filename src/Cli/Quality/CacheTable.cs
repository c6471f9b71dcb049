using System.Globalization;
using System.Text;

namespace Afterimage.Cli.Quality;

/// <summary>The report's table of caches.</summary>
internal static class CacheTable
{
    public static void Write(StringBuilder report, IReadOnlyList<CacheQuality> caches)
    {
        MarkdownTable.Row(
            report,
            "", "cache", "speed-up", "PSNR dB", "SSIM", "prompt", "colour", "shape", "direction",
            "attention skipped", "uncond. skipped", "history MiB", "peak MiB");
        MarkdownTable.Rule(report, 13, left: 2);
        for (var i = 0; i < caches.Count; i++)
            MarkdownTable.Row(report, [$"{i}", .. Cells(caches[i], caches[0], isUncached: i == 0)]);
    }

    private static IEnumerable<string> Cells(CacheQuality cache, CacheQuality uncached, bool isUncached) =>
    [
        cache.Name,
        isUncached ? "1.00×" : cache.SpeedupOver(uncached).AsSpeedup(),
        isUncached ? "–" : $"{Decibels(cache.MeanPsnr)} ({Decibels(cache.WorstPsnr)})",
        isUncached ? "–" : $"{Figure(cache.MeanSsim, "F3")} ({Figure(cache.WorstSsim, "F3")})",
        $"{cache.Right}",
        $"{cache.ColorRight}",
        $"{cache.KindRight}",
        $"{cache.DirectionRight}",
        Percent(cache.SitesSkipped),
        Percent(cache.UnconditionalSkipped),
        Mebibytes(cache.HistoryBytes, "F2"),
        cache.PeakBytes == 0 ? "–" : Mebibytes(cache.PeakBytes, "F0"),
    ];

    private static string Decibels(double value) => double.IsPositiveInfinity(value) ? "∞" : Figure(value, "F1");

    private static string Percent(double share) => Figure(100 * share, "F0") + " %";

    private static string Mebibytes(long bytes, string format) => Figure(bytes / 1048576.0, format);

    private static string Figure(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
