namespace Afterimage.Cli.Tests.Documents;

/// <summary>
/// A block of C# of a page. A comment before it says how it is to be read: <c>&lt;!-- snippet: with Film film, double[] times --&gt;</c>
/// that it stands where these are there, <c>&lt;!-- snippet: in src/FILE.cs --&gt;</c> that its lines are that file's. Without one it stands alone.
/// </summary>
/// <param name="Page">The page's path in the repository.</param>
/// <param name="Line">The line of its fence.</param>
/// <param name="Context">What the comment says, or nothing.</param>
/// <param name="Lines">The code.</param>
internal sealed record Snippet(string Page, int Line, string Context, IReadOnlyList<string> Lines)
{
    // Tests of the generator's compile these pages' code with their diagnostics.
    private static readonly string[] s_compiledElsewhere = ["docs/annotate-your-model.md", "docs/diagnostics/"];

    public static IReadOnlyList<Snippet> All { get; } =
        [.. Pages.All.Where(page => !s_compiledElsewhere.Any(page.StartsWith)).SelectMany(page => Of(page, "csharp"))];

    /// <summary>A page's blocks in a language, or in none ("").</summary>
    public static IEnumerable<Snippet> Of(string page, string language)
    {
        const string fence = "```";
        const string comment = "<!-- snippet: ";
        var lines = File.ReadAllLines(Pages.PathOf(page));
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(fence, StringComparison.Ordinal))
                continue;
            var end = Array.IndexOf(lines, fence, i + 1);
            var said = i > 0 && lines[i - 1].StartsWith(comment, StringComparison.Ordinal) ? lines[i - 1][comment.Length..].Replace(" -->", "", StringComparison.Ordinal) : "";
            if (lines[i][fence.Length..] == language)
                yield return new(page, i + 1, said, lines[(i + 1)..end]);
            i = end;
        }
    }
}
