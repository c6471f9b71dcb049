namespace Afterimage.Generators.Tests.Driving;

/// <summary>A page under docs/diagnostics.</summary>
internal sealed record RulePage(string Wrong, string Right)
{
    public static readonly string Folder = Path.GetFullPath(Path.Combine(Compilations.ProjectFolder(), "..", "..", "docs", "diagnostics"));

    public static RulePage Read(string id)
    {
        var text = File.ReadAllText(Path.Combine(Folder, $"{id}.md"));
        return new(CodeUnder("## Wrong"), CodeUnder("## Right"));

        string CodeUnder(string heading)
        {
            var section = text[text.IndexOf(heading, StringComparison.Ordinal)..];
            var start = section.IndexOf("```csharp\n", StringComparison.Ordinal) + "```csharp\n".Length;
            return section[start..section.IndexOf("```\n", start, StringComparison.Ordinal)];
        }
    }
}
