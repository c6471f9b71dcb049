using System.Collections.Concurrent;

namespace Afterimage;

/// <summary>
/// Writes files that are there whole or not at all. What is unfinished lies in a folder of its own beside the target, and takes the
/// target's place, replacing what is there, only when it is whole: an exception, a cancellation, a full disk or the end of the process
/// leaves what was there before. A link stays one, and what it leads to is replaced.
/// </summary>
public static class WholeFile
{
    private static readonly ConcurrentDictionary<string, bool> s_unfinished = new(StringComparer.Ordinal);

    /// <summary>Refuses paths at which nothing can be written, so that long work need not end in finding that out.</summary>
    /// <param name="path">A path, or a pattern of paths that differ in their file names.</param>
    /// <exception cref="IOException">
    /// The folder does not exist, the path is a folder, a pipe or a device, the disk is full, or the name cannot be given to a file.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder, or the file that is there, cannot be written to.</exception>
    public static void CheckTarget(string path) =>
        // Not every name is one that the disk takes, and a full disk takes names but no bytes.
        Beside(path, (_, unfinished) => WriteTo(unfinished, stream => stream.WriteByte(0)));

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where it belongs.</param>
    /// <param name="write">Writes all of it to a stream, which it leaves open.</param>
    /// <exception cref="IOException">As for <see cref="CheckTarget"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">As for <see cref="CheckTarget"/>.</exception>
    public static void Write(string path, Action<Stream> write) => WriteAll(path, unfinished => WriteTo(unfinished, write));

    /// <summary>Writes a text in UTF-8.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text) => WriteAll(path, unfinished => File.WriteAllText(unfinished, text));

    /// <summary>Writes one or more files of the target's folder, for what takes a path and no stream.</summary>
    /// <param name="path">Where they belong: a path, or a pattern of paths that differ in their file names.</param>
    /// <param name="write">Writes them, given a path with the target's file name in another folder.</param>
    /// <exception cref="IOException">As for <see cref="CheckTarget"/>, or nothing was written.</exception>
    /// <exception cref="UnauthorizedAccessException">As for <see cref="CheckTarget"/>.</exception>
    public static void WriteAll(string path, Action<string> write) => Beside(path, (target, unfinished) =>
    {
        write(unfinished);
        var places = new DirectoryInfo(Path.GetDirectoryName(unfinished)!).GetFiles().ToDictionary(
            file => file, file => file.Name == Path.GetFileName(unfinished) ? target : Path.Combine(Path.GetDirectoryName(target)!, file.Name));
        if (places.Count == 0)
            throw new IOException($"'{path}' was not written, though nothing failed.");
        // Looked for before the first of a series is moved, so that all or none of them are.
        if (places.Values.FirstOrDefault(Directory.Exists) is { } folder)
            throw new IOException($"'{folder}' is a folder, where a picture of the film belongs: remove it, or give another pattern.");
        foreach (var (file, place) in places)
            file.MoveTo(place, overwrite: true);
    });

    /// <summary>Deletes what is unfinished, in a process that is about to end without going on.</summary>
    internal static void Abandon()
    {
        foreach (var folder in s_unfinished.Keys)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // It was finished this moment, or something is put into it this moment: there is no time to try again.
            }
        }
    }

    private static void WriteTo(string unfinished, Action<Stream> write)
    {
        using var stream = new FileStream(unfinished, FileMode.CreateNew);
        write(stream);
        // Some disks say only now that they are full, and nothing says so when a file is closed.
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Works in a folder beside the target, which is deleted afterwards.</summary>
    private static void Beside(string path, Action<string, string> work)
    {
        var target = TargetOf(path);
        var unfinished = NewFolder(path, target);
        s_unfinished.TryAdd(unfinished.FullName, true);
        try
        {
            work(target, Path.Combine(unfinished.FullName, Path.GetFileName(path)));
        }
        catch (IOException exception) when (exception.Message.Contains(unfinished.Name, StringComparison.Ordinal))
        {
            throw new IOException(WithoutFolder(exception.Message, unfinished), exception);
        }
        finally
        {
            unfinished.Delete(recursive: true);
            s_unfinished.TryRemove(unfinished.FullName, out _);
        }
    }

    /// <summary>What a path leads to.</summary>
    private static string TargetOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : Path.GetFullPath(path);
        if (Directory.Exists(target))
            throw new IOException($"'{path}' is a folder: give the name of a file in it.");
        if (File.Exists(target) && !IsRegular(target))
            throw new IOException($"'{path}' is a pipe or a device, which cannot be replaced by a file: give another name.");
        return target;
    }

    private static bool IsRegular(string path)
    {
        // To read and to write at once: opening a pipe for one of them waits for somebody at its other end.
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return file.CanSeek && Path.GetDirectoryName(path) != "/dev";
    }

    /// <summary>A message about the target, and not about a folder that nobody asked for and that is gone.</summary>
    private static string WithoutFolder(string message, DirectoryInfo unfinished) =>
        message.Replace($"{Path.DirectorySeparatorChar}{unfinished.Name}", "", StringComparison.Ordinal);

    // On the target's own disk, so that moving out of it is renaming.
    private static DirectoryInfo NewFolder(string path, string target)
    {
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}' to write '{path}' to: create it first.");
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
