using System.Runtime.CompilerServices;

namespace Afterimage.Cli.Tests.Documents;

/// <summary>README.md and what lies under docs.</summary>
internal static class Pages
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", ".."));

    /// <summary>Their paths in the repository.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "README.md",
        .. Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(s_root, path)).Order(StringComparer.Ordinal),
    ];

    public static string PathOf(string page) => Path.Combine(s_root, page);

    /// <summary>A page's table, after a comment, is made of these lines. AFTERIMAGE_UPDATE_GOLDENS=1 writes it anew.</summary>
    /// <param name="page">The page.</param>
    /// <param name="begin">The comment before the table; <c>&lt;!-- end --&gt;</c> stands after it.</param>
    /// <param name="lines">The lines.</param>
    public static void CheckTable(string page, string begin, IEnumerable<string> lines)
    {
        const string End = "<!-- end -->";
        var path = PathOf(page);
        var text = File.ReadAllText(path);
        var start = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.IsGreaterThanOrEqualTo(0, start, $"{page} has no {begin}");
        var end = text.IndexOf(End, start, StringComparison.Ordinal);
        var now = $"{text[..start]}{begin}\n{string.Join('\n', lines)}\n{text[end..]}";
        if (Environment.GetEnvironmentVariable("AFTERIMAGE_UPDATE_GOLDENS") == "1")
            File.WriteAllText(path, now);
        else
            Assert.AreEqual(now, text, "set AFTERIMAGE_UPDATE_GOLDENS=1 to write the table anew");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
