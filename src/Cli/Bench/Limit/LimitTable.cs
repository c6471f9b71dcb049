using System.Globalization;
using Spectre.Console;

namespace Afterimage.Cli.Bench;

/// <summary>Shows the results of <c>bench --limit</c>.</summary>
internal static class LimitTable
{
    public static Table Of(LimitReport report)
    {
        var table = new Table()
            .RoundedBorder()
            .Title($"{report.Model} on {report.Inputs.EscapeMarkup()}, {report.Dtype}, {report.Rounds} × {report.Steps} steps, {report.Threads} threads")
            .AddColumns("cache", "kind of step", "steps", "GFLOP", "layers ms", "attention ms", "passes ms", "limit ms", "step ms", "limit / step");
        var last = "";
        foreach (var kind in report.Kinds)
        {
            table.AddRow(
                kind.Cache == last ? "" : kind.Cache, kind.Kind, $"{kind.Count}", Figure(kind.Gflop),
                Milliseconds(kind.LayerSeconds), Milliseconds(kind.AttentionSeconds), Milliseconds(kind.PassSeconds), Milliseconds(kind.LimitSeconds),
                $"{Milliseconds(kind.Seconds.Median)} ({Milliseconds(kind.Seconds.Low)}–{Milliseconds(kind.Seconds.High)})",
                $"{Percent(kind.Share.Median)} % ({Percent(kind.Share.Low)}–{Percent(kind.Share.High)})");
            last = kind.Cache;
        }
        return table.Caption(
            $"alone: layers {Figure(report.LayerGflops)} GFLOP/s, attention {Figure(report.AttentionGflops)} GFLOP/s, "
            + $"copies {Figure(report.PassGigabytes)} GB/s read and written");
    }

    private static string Milliseconds(double seconds) => Figure(1000 * seconds);

    private static string Percent(double share) => (100 * share).ToString("F0", CultureInfo.InvariantCulture);

    private static string Figure(double value) => value.ToString("F1", CultureInfo.InvariantCulture);
}
