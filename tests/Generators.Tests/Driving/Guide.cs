namespace Afterimage.Generators.Tests.Driving;

/// <summary>A block of code of docs/annotate-your-model.md.</summary>
/// <param name="Heading">The heading it stands under.</param>
/// <param name="Language">What follows the fence.</param>
/// <param name="Text">Its lines.</param>
internal sealed record GuideBlock(string Heading, string Language, string Text);

/// <summary>docs/annotate-your-model.md.</summary>
internal static class Guide
{
    public static IReadOnlyList<GuideBlock> Blocks { get; } = [.. Read()];

    /// <summary>The code that a diff leads from (<c>-</c>) or to (<c>+</c>).</summary>
    public static string SideOf(GuideBlock diff, char sign) =>
        string.Concat(diff.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line[0] == ' ' || line[0] == sign).Select(line => $"{line[1..]}\n"));

    private static IEnumerable<GuideBlock> Read()
    {
        var path = Path.Combine(Compilations.ProjectFolder(), "..", "..", "docs", "annotate-your-model.md");
        var (heading, language) = ("", (string?)null);
        var lines = new List<string>();
        foreach (var line in File.ReadLines(path))
        {
            if (language is null && line.StartsWith('#'))
                heading = line.TrimStart('#', ' ');
            if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                lines.Add(line);
                continue;
            }

            if (language is not null)
                yield return new GuideBlock(heading, language, string.Concat(lines.Select(each => $"{each}\n")));
            language = language is null ? line[3..] : null;
            lines.Clear();
        }
    }
}
