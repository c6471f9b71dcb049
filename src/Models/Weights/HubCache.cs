using System.Text.RegularExpressions;

namespace Afterimage.Models;

/// <summary>
/// Finds models by the names they have on the Hugging Face Hub in the Hub's cache on this machine. It only reads: nothing is fetched.
/// Source: huggingface_hub <c>constants.py</c>, <c>file_download.py</c>.
/// </summary>
public static partial class HubCache
{
    private const string DefaultRevision = "main";

    /// <summary>The folder that is meant by a path or by a name on the Hub.</summary>
    /// <param name="folder">
    /// A path, or a name such as <c>THUDM/CogVideoX-2b</c>, with a folder of the repository after it where one is meant
    /// (<c>THUDM/CogVideoX-2b/transformer</c>). What is there under this path comes before the cache.
    /// </param>
    /// <param name="revision">A branch, tag or commit of a name on the Hub; <see langword="null"/> for main.</param>
    /// <returns>The snapshot's folder, or <paramref name="folder"/> itself where it is no name of the Hub.</returns>
    /// <exception cref="ArgumentException">The revision is none, or is given for what is no name of the Hub.</exception>
    /// <exception cref="FileNotFoundException">There is no such snapshot; the message has the command that fetches it.</exception>
    public static string FolderOf(string folder, string? revision = null) =>
        FolderOf(folder, revision, Environment.GetEnvironmentVariable);

    internal static string FolderOf(string folder, string? revision, Func<string, string?> environment)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (Path.Exists(folder) || !Name().IsMatch(folder) || folder.Contains("..", StringComparison.Ordinal))
        {
            return revision is null
                ? folder
                : throw new ArgumentException($"a revision ('{MalformedFile.Shown(revision)}') goes with a name of the Hub, and '{folder}' is a folder", nameof(revision));
        }

        var parts = folder.TrimEnd('/').Split('/');
        var name = $"{parts[0]}/{parts[1]}";
        var root = Root(environment);
        var repository = Path.Combine(root, $"models--{parts[0]}--{parts[1]}");
        var fetch = $"`hf download {name}{(revision is null ? "" : $" --revision {revision}")}` fetches it";
        if (!Directory.Exists(repository))
            throw new FileNotFoundException($"{folder}: no such folder, and {name} is not in the Hub's cache {root}; {fetch}");

        var snapshot = Path.Combine([repository, "snapshots", CommitOf(repository, revision ?? DefaultRevision, name, fetch)]);
        if (!Directory.Exists(snapshot))
            throw new FileNotFoundException($"{name}: the Hub's cache has no snapshot of {revision ?? DefaultRevision} ({snapshot}); {fetch}");
        var found = Path.Combine([snapshot, .. parts[2..]]);
        return Directory.Exists(found)
            ? found
            : throw new FileNotFoundException($"{folder}: no such folder in the Hub's cache ({found}); {fetch}");
    }

    /// <summary>What a branch or tag points at, or the commit itself.</summary>
    private static string CommitOf(string repository, string revision, string name, string fetch)
    {
        if (!Revision().IsMatch(revision) || revision.Contains("..", StringComparison.Ordinal))
            throw new ArgumentException($"expected a branch, tag or commit as revision of {name}, found '{MalformedFile.Shown(revision)}'", nameof(revision));
        var reference = Path.Combine(repository, "refs", revision);
        if (!File.Exists(reference))
        {
            if (Directory.Exists(Path.Combine(repository, "snapshots", revision)) && !revision.Contains('/'))
                return revision;
            var others = References(repository);
            throw new FileNotFoundException(
                $"{name}: the Hub's cache has no snapshot of {revision}{(others.Length > 0 ? $" (it has {string.Join(", ", others)})" : "")}; {fetch}", reference);
        }

        var commit = System.Text.Encoding.UTF8.GetString(RegularFile.ReadBytes(reference, most: 1 << 10)).Trim();
        return Commit().IsMatch(commit)
            ? commit
            : throw MalformedFile.Because(reference, $"expected the number of a commit, found '{MalformedFile.Shown(commit)}'");
    }

    /// <summary>The branches, tags and commits that are there.</summary>
    private static string[] References(string repository)
    {
        string[] folders = [Path.Combine(repository, "refs"), Path.Combine(repository, "snapshots")];
        return [.. folders.Where(Directory.Exists).SelectMany(Directory.GetFileSystemEntries).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Where the Hub keeps what it fetched.</summary>
    private static string Root(Func<string, string?> environment)
    {
        string? Path(string variable) => environment(variable) is { Length: > 0 } value ? Expanded(value) : null;
        string Expanded(string path) => path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Home() + path[1..] : path;
        string Home() => environment("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path("HF_HUB_CACHE") ?? Path("HUGGINGFACE_HUB_CACHE")
            ?? System.IO.Path.Combine(
                Path("HF_HOME") ?? System.IO.Path.Combine(Path("XDG_CACHE_HOME") ?? System.IO.Path.Combine(Home(), ".cache"), "huggingface"), "hub");
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*/[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*/?\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*\z")]
    private static partial Regex Revision();

    [GeneratedRegex(@"^[A-Za-z0-9]+\z")]
    private static partial Regex Commit();
}
