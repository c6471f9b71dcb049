using System.Text;

namespace Afterimage.Cli;

/// <summary>Lines of a table in Markdown.</summary>
internal static class MarkdownTable
{
    public static void Row(StringBuilder text, params IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => ErrorText.OneLine(cell).Replace("|", @"\|", StringComparison.Ordinal))).Append(" |\n");

    /// <summary>What lies below the first row: some columns of text at the left, others of figures.</summary>
    public static void Rule(StringBuilder text, int columns, int left) =>
        text.Append('|').AppendJoin('|', Enumerable.Range(0, columns).Select(i => i < left ? "---" : "--:")).Append("|\n");
}
