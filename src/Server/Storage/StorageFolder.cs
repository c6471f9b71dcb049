using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Afterimage.Server.Storage;

/// <summary>The folder of what jobs make. All nodes share it.</summary>
internal sealed partial class StorageFolder
{
    private readonly ServerOptions _options;

    /// <exception cref="IOException">It cannot be made.</exception>
    public StorageFolder(ServerOptions options)
    {
        _options = options;
        Root = Path.GetFullPath(options.Storage);
        Directory.CreateDirectory(Films);
    }

    /// <summary>Where it is.</summary>
    public string Root { get; }

    private string Films => Path.Combine(Root, "films");

    /// <summary>A new job's id, which nobody guesses.</summary>
    public static string NewId() => $"video_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";

    /// <summary>Whether a text can be a job's id: all else is no part of a path.</summary>
    public static bool IsId(string text) => IdForm().IsMatch(text);

    /// <summary>Whether the disk has room for another job.</summary>
    public bool HasRoom => new DriveInfo(Root).AvailableFreeSpace >= _options.LeastFreeDisk;

    /// <summary>A new, empty folder for the files of an attempt.</summary>
    /// <returns>Its name.</returns>
    public string NewFolder(string jobId, int attempt)
    {
        var name = $"{jobId}.{attempt}";
        DeleteFolder(name);
        Directory.CreateDirectory(Path.Combine(Films, name));
        return name;
    }

    /// <summary>The path of a file in a folder of films.</summary>
    public string PathOf(string folder, string file) => Path.Combine(Films, folder, file);

    /// <summary>Deletes the files of an attempt.</summary>
    public void DeleteFolder(string name)
    {
        var path = Path.Combine(Films, name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>Deletes all files of a job.</summary>
    public void Delete(string jobId)
    {
        foreach (var folder in Directory.GetDirectories(Films, $"{jobId}.*"))
            Directory.Delete(folder, recursive: true);
    }

    [GeneratedRegex(@"\Avideo_[0-9a-f]{32}\z")]
    private static partial Regex IdForm();
}
