using System.Globalization;
using Afterimage.Video;
using Spectre.Console;

namespace Afterimage.Cli.Generate;

/// <summary>Shows what a cache did to one generation.</summary>
internal static class ComparisonTable
{
    public static Table Of(string cache, CacheComparison comparison, RunWatch watch, IReadOnlyList<long> peaks)
    {
        var table = new Table().RoundedBorder().AddColumns(
            "cache", "seconds", "speed-up", "PSNR", "SSIM", "attention", "uncond.", "history MiB", "peak MiB");
        table.AddRow(
            "none", Figure(comparison.UncachedTime.TotalSeconds, "F2"), "1.00 x", "", "", "100 %", "100 %", "0.00", Mebibytes(peaks[0], "F0"));
        table.AddRow(
            cache.EscapeMarkup(),
            Figure(comparison.CachedTime.TotalSeconds, "F2"),
            Figure(comparison.Speedup, "F2") + " x",
            Figure(comparison.Psnr, "F1") + " dB",
            Figure(comparison.Ssim, "F3"),
            Figure(100 * watch.AttentionComputed, "F0") + " %",
            Figure(100 * watch.UnconditionalComputed, "F0") + " %",
            Mebibytes(watch.HistoryBytes, "F2"),
            Mebibytes(peaks[1], "F0"));
        return table.Caption("one run of each, so with chance in the times; attention, uncond.: the share of forwards that computed them; peak: of this process");
    }

    private static string Mebibytes(long bytes, string format) => Figure(bytes / 1048576.0, format);

    private static string Figure(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
