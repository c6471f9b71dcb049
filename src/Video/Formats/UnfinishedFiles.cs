namespace Afterimage.Video.Formats;

/// <summary>Keeps what is being written away from where it belongs until it is whole.</summary>
internal static class UnfinishedFiles
{
    /// <summary>Refuses paths at which nothing can be written.</summary>
    public static void CheckTarget(string path) => NewFolder(path).Delete();

    /// <summary>Writes one or more files of the target's folder.</summary>
    /// <param name="target">Where they belong: a path, or a pattern of paths that differ in their file names.</param>
    /// <param name="write">Writes them, given a path with the target's file name in a folder beside the target.</param>
    public static void Write(string target, Action<string> write)
    {
        var unfinished = NewFolder(target);
        try
        {
            write(Path.Combine(unfinished.FullName, Path.GetFileName(target)));
            foreach (var file in unfinished.GetFiles())
                file.MoveTo(Path.Combine(unfinished.Parent!.FullName, file.Name), overwrite: true);
        }
        finally
        {
            unfinished.Delete(recursive: true);
        }
    }

    // On the target's own disk, so that moving out of it is renaming.
    private static DirectoryInfo NewFolder(string target)
    {
        if (Directory.Exists(target))
            throw new IOException($"'{target}' is a folder: give the name of a file in it.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' to write '{target}' to: create it first.");
        try
        {
            return Directory.CreateDirectory(Path.Combine(folder, $".afterimage-{Guid.NewGuid():N}"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnauthorizedAccessException($"Folder '{folder}' cannot be written to: {exception.Message}", exception);
        }
    }
}
