using System.Globalization;
using Spectre.Console;

namespace Afterimage.Cli.Bench;

/// <summary>Shows the results of <c>bench</c>.</summary>
internal static class BenchTable
{
    public static Table Of(BenchReport report)
    {
        var table = new Table()
            .RoundedBorder()
            .Title($"{report.Model} on {report.Inputs.EscapeMarkup()}, {report.Dtype}, {report.Steps} steps, {report.Threads} threads")
            .AddColumns("cache", "kind of step", "steps", "median s", "minimum s", "run s", "speed-up", "peak MiB", "history MiB", "result moved");
        foreach (var cache in report.Caches)
        {
            for (var i = 0; i < cache.Steps.Count; i++)
            {
                var step = cache.Steps[i];
                string[] own = [step.Kind, $"{step.CountPerRun}", Figure(step.MedianSeconds, "F3"), Figure(step.MinimumSeconds, "F3")];
                string[] whole = i > 0 ? ["", "", "", "", ""] :
                [
                    Figure(cache.SecondsPerRun, "F1"),
                    cache == report.Caches[0] ? "1.00×" : cache.SpeedupSpread.AsSpeedup(),
                    cache.PeakMemoryBytes is { } peak ? Figure(peak / 1048576.0, "F0") : "",
                    Figure(cache.HistoryBytes / 1048576.0, "F1"),
                    Figure(100 * cache.Moved, "F1") + " %",
                ];
                table.AddRow([i > 0 ? "" : cache.Cache, .. own, .. whole]);
            }
        }
        return table.Caption($"scheduler: {report.Scheduler.EscapeMarkup()}");
    }

    private static string Figure(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
