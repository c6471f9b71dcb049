using System.Globalization;
using System.Text;

namespace Afterimage.Cli.Bench;

/// <summary>The results of <c>bench growth</c> in Markdown.</summary>
internal static class GrowthTable
{
    public static string Of(IReadOnlyList<GrowthRow> rows)
    {
        var text = new StringBuilder();
        string[] head = ["tokens", "samples", "GFLOP of layers", "of attention", "step s", "µs a token", "model's own µs", "step / own", "peak MiB"];
        MarkdownTable.Row(text, head);
        MarkdownTable.Rule(text, head.Length, left: 0);
        foreach (var row in rows)
        {
            MarkdownTable.Row(
                text, Figure(row.Tokens, "N0"), $"{row.Batch}", Figure(row.LayerGflop, "N0"), Figure(row.AttentionGflop, "N0"),
                $"{Figure(row.Seconds.Median, "F3")} ({Figure(row.Seconds.Low, "F3")}–{Figure(row.Seconds.High, "F3")})",
                Figure(row.PerToken(row.Seconds.Median), "F0"), Figure(row.PerToken(row.OwnSeconds), "F0"), Figure(row.Ratio, "F2"),
                $"{row.PeakBytes >> 20}");
        }
        return text.ToString();
    }

    private static string Figure(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
