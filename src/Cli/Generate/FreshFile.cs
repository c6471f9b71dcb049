namespace Afterimage.Cli.Generate;

/// <summary>Files under names that nobody has asked for, and that therefore take no other file's place.</summary>
internal static class FreshFile
{
    /// <summary>
    /// Writes NAME, or NAME-2, NAME-3, … where that is taken. The name is taken at once, with an empty file, so that two programs at a time
    /// do not take the same; it is given back where writing fails.
    /// </summary>
    /// <param name="path">The first name to try.</param>
    /// <param name="write">Writes the file of a path, in the place of the empty one.</param>
    /// <param name="beside">Another path that goes with it, and has to be free, too.</param>
    /// <returns>The path that was written.</returns>
    public static string Write(string path, Action<string> write, Func<string, string>? beside = null)
    {
        for (var i = 1; ; i++)
        {
            var name = i == 1 ? Path.GetFileName(path) : $"{Path.GetFileNameWithoutExtension(path)}-{i}{Path.GetExtension(path)}";
            var candidate = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
            if (Path.Exists(candidate) || (beside is not null && Path.Exists(beside(candidate))) || !Take(candidate))
                continue;
            try
            {
                write(candidate);
                return candidate;
            }
            catch
            {
                File.Delete(candidate);
                throw;
            }
        }
    }

    private static bool Take(string path)
    {
        try
        {
            new FileStream(path, FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException) when (Path.Exists(path))
        {
            return false;
        }
    }
}
