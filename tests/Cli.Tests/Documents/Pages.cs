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

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
