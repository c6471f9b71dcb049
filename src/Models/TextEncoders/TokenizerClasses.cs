namespace Afterimage.Models;

/// <summary>The tokenizers that there are, by the names of their classes in transformers. A new one is a line here.</summary>
internal static class TokenizerClasses
{
    private static readonly SortedDictionary<string, Func<string, object>> s_all = new(StringComparer.Ordinal)
    {
        ["CLIPTokenizer"] = folder => CLIPTokenizer.FromPretrained(folder),
        ["CLIPTokenizerFast"] = folder => CLIPTokenizer.FromPretrained(folder),
        ["T5Tokenizer"] = folder => T5Tokenizer.FromPretrained(folder),
        ["T5TokenizerFast"] = folder => T5Tokenizer.FromPretrained(folder),
    };

    /// <summary>Reads a folder as one of a class.</summary>
    /// <exception cref="NotSupportedException">There is no such class here.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A file is malformed.</exception>
    public static object FromPretrained(string className, string folder) => s_all.TryGetValue(className, out var found)
        ? found(folder)
        : throw new NotSupportedException($"{folder}: there is no tokenizer {MalformedFile.Shown(className)} here; there are {string.Join(", ", s_all.Keys)}");
}
