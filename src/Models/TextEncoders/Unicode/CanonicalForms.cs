using System.Globalization;

namespace Afterimage.Models;

/// <summary>
/// What characters are made of and what orders their marks. .NET has no such tables where a program is built without cultures, as the tool
/// here is: there it takes every text for composed.
/// </summary>
internal static class CanonicalForms
{
    private const string Resource = "Afterimage.CanonicalForms.txt";

    private static readonly Dictionary<int, int[]> s_parts = [];
    private static readonly Dictionary<(int First, int Second), int> s_compositions = [];
    private static readonly Dictionary<int, int> s_classes = [];

    static CanonicalForms()
    {
        using var stream = typeof(CanonicalForms).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '=')
                TakeClass(line[1..].Split(' '));
            else if (line[0] != '#')
                TakeParts(line.TrimStart('-').Split(' '), isComposed: line[0] != '-');
        }
    }

    /// <summary>The one or two characters that a character is made of, or <see langword="null"/>.</summary>
    public static int[]? PartsOf(int character) => s_parts.GetValueOrDefault(character);

    /// <summary>The character that is made of two, or <see langword="null"/>.</summary>
    public static int? Composed(int first, int second) => s_compositions.TryGetValue((first, second), out var character) ? character : null;

    /// <summary>The combining class of a character: marks of lower ones come first; 0 for what is no mark.</summary>
    public static int ClassOf(int character) => s_classes.GetValueOrDefault(character);

    private static void TakeClass(string[] fields)
    {
        for (var character = Number(fields[0]); character <= Number(fields[1]); character++)
            s_classes[character] = int.Parse(fields[2], CultureInfo.InvariantCulture);
    }

    private static void TakeParts(string[] fields, bool isComposed)
    {
        int[] parts = [.. fields.Skip(1).Select(Number)];
        s_parts[Number(fields[0])] = parts;
        if (isComposed)
            s_compositions[(parts[0], parts[1])] = Number(fields[0]);
    }

    private static int Number(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
