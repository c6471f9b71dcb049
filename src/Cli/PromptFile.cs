namespace Afterimage.Cli;

/// <summary>Files of prompts.</summary>
internal static class PromptFile
{
    private const string Comment = "#";

    /// <summary>One a line, in UTF-8; lines of blanks, and those that begin with #, are passed over.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds no prompt.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There are no prompts '{path}': expected a text file with one a line.");
        var prompts = Lines(RegularFile.ReadText(path));
        return prompts.Count > 0 ? prompts : throw new InvalidDataException($"{path}: expected a prompt a line, found none");
    }

    /// <summary>The prompts that this program brings under a name.</summary>
    public static IReadOnlyList<string> Embedded(string name)
    {
        using var stream = typeof(PromptFile).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return Lines(reader.ReadToEnd());
    }

    /// <summary>The prompts of a file's text.</summary>
    public static IReadOnlyList<string> Lines(string text) =>
        [.. text.Split(['\n', '\r'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith(Comment, StringComparison.Ordinal))];
}
