using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Afterimage.Cli.Tests.Hostile;

/// <summary>
/// What a case may spoil, linked or copied for it: <c>pipeline/</c> of tiny parts, <c>case/</c> with a recorded transformer,
/// <c>cache.json</c> and <c>prompts.txt</c>.
/// </summary>
internal sealed class HostileFolder : IDisposable
{
    private HostileFolder(string path) => Path = path;

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A copy of a folder, which stays as it is.</summary>
    public static HostileFolder Of(string pattern)
    {
        var folder = new HostileFolder(Directory.CreateTempSubdirectory("afterimage-hostile-").FullName);
        foreach (var file in Directory.GetFiles(pattern, "*", SearchOption.AllDirectories))
        {
            var target = folder[System.IO.Path.GetRelativePath(pattern, file)];
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return folder;
    }

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Write(string name, byte[] bytes)
    {
        Remove(name);
        File.WriteAllBytes(this[name], bytes);
    }

    /// <summary>Sets a key to a value that is written as it stands, which need not be JSON.</summary>
    public void Set(string name, string key, string value)
    {
        const string place = "\"\\u0000place\"";
        var json = JsonNode.Parse(File.ReadAllText(this[name]))!.AsObject();
        json[key] = "\0place";
        Write(name, json.ToJsonString().Replace(place, value, StringComparison.Ordinal));
    }

    public void Remove(string name)
    {
        if (Directory.Exists(this[name]) && new DirectoryInfo(this[name]).LinkTarget is null)
            Directory.Delete(this[name], recursive: true);
        else
            File.Delete(this[name]);
    }

    public void Link(string name, string target)
    {
        Remove(name);
        File.CreateSymbolicLink(this[name], target);
    }

    public void Pipe(string name)
    {
        Remove(name);
        using var made = Process.Start("mkfifo", [this[name]]);
        made.WaitForExit();
        Assert.AreEqual(0, made.ExitCode);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
