namespace Afterimage.Video.Formats;

/// <summary>Keeps what is being written away from where it belongs until it is whole.</summary>
internal static class UnfinishedFiles
{
    /// <summary>Refuses paths at which nothing can be written.</summary>
    public static void CheckTarget(string path) =>
        // Not every name is one that the disk takes.
        Beside(path, unfinished => File.Create(Path.Combine(unfinished.FullName, Path.GetFileName(path))).Dispose());

    /// <summary>Writes one or more files of the target's folder.</summary>
    /// <param name="target">Where they belong: a path, or a pattern of paths that differ in their file names.</param>
    /// <param name="write">Writes them, given a path with the target's file name in a folder beside the target.</param>
    public static void Write(string target, Action<string> write) => Beside(target, unfinished =>
    {
        write(Path.Combine(unfinished.FullName, Path.GetFileName(target)));
        var places = unfinished.GetFiles().ToDictionary(file => file, file => Path.Combine(unfinished.Parent!.FullName, file.Name));
        // Looked for before the first of a series is moved, so that all or none of them are.
        if (places.Values.FirstOrDefault(Directory.Exists) is { } folder)
            throw new IOException($"'{folder}' is a folder, where a picture of the film belongs: remove it, or give another pattern.");
        foreach (var (file, place) in places)
            file.MoveTo(place, overwrite: true);
    });

    /// <summary>Works in a folder beside the target, which is deleted afterwards.</summary>
    private static void Beside(string target, Action<DirectoryInfo> work)
    {
        var unfinished = NewFolder(target);
        try
        {
            work(unfinished);
        }
        catch (IOException exception) when (exception.Message.Contains(unfinished.Name, StringComparison.Ordinal))
        {
            throw new IOException(WithoutFolder(exception.Message, unfinished), exception);
        }
        finally
        {
            unfinished.Delete(recursive: true);
        }
    }

    /// <summary>A message about the target, and not about a folder that nobody asked for and that is gone.</summary>
    private static string WithoutFolder(string message, DirectoryInfo unfinished) =>
        message.Replace($"{Path.DirectorySeparatorChar}{unfinished.Name}", "", StringComparison.Ordinal);

    // On the target's own disk, so that moving out of it is renaming.
    private static DirectoryInfo NewFolder(string target)
    {
        if (Directory.Exists(target))
            throw new IOException($"'{target}' is a folder: give the name of a file in it.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' to write '{target}' to: create it first.");
        var unfinished = new DirectoryInfo(Path.Combine(folder, $".afterimage-{Guid.NewGuid():N}"));
        try
        {
            unfinished.Create();
            return unfinished;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnauthorizedAccessException($"Folder '{folder}' cannot be written to: {WithoutFolder(exception.Message, unfinished)}", exception);
        }
    }
}
