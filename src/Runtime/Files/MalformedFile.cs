namespace Afterimage;

/// <summary>Says what is wrong with a file that someone else made: the file, the tensor, what was expected and what was found.</summary>
internal static class MalformedFile
{
    /// <summary>What is shown of a text of the file at most: a hostile name may be as long as the file.</summary>
    private const int ShownLength = 200;

    public static InvalidDataException Because(string path, string message) => new($"{path}: {message}");

    public static InvalidDataException Because(string path, string tensor, string expected, string found) =>
        new($"{path}: tensor '{Shown(tensor)}': expected {expected}, found {Shown(found)}");

    /// <summary>A text of the file as a message can hold it: of bearable length, and without what would steer a terminal.</summary>
    public static string Shown(string text)
    {
        var start = text.Length > ShownLength ? string.Concat(text.AsSpan(0, ShownLength), "…") : text;
        return start.Any(char.IsControl) ? string.Concat(start.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : start;
    }
}
