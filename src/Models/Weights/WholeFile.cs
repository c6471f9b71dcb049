namespace Afterimage.Models;

/// <summary>Writes files that are there whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>
    /// Writes beside <paramref name="path"/> and then puts the file in its place. Where <paramref name="write"/> throws, or the
    /// disk is full, what was there before stays and nothing else is left.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        var stream = new FileStream(partial, FileMode.CreateNew);
        try
        {
            using (stream)
                write(stream);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
