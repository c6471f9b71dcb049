using Afterimage.Models;

namespace Afterimage.Cli.Quality;

/// <summary>What films are made of.</summary>
internal static class QualityPrompts
{
    /// <summary>
    /// 24 of moving shapes: every combination of a colour, a shape and a direction that samples/TrainTiny keeps from the model it trains,
    /// with sizes, speeds and grounds in turn.
    /// </summary>
    public static IReadOnlyList<string> HeldOut { get; } = Read();

    /// <summary>One a line; lines of blanks are passed over.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds no prompt.</exception>
    public static IReadOnlyList<string> FromFile(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"There are no prompts '{path}': expected a text file with one a line.");
        var prompts = Lines(RegularFile.ReadText(path));
        return prompts.Length > 0 ? prompts : throw new InvalidDataException($"{path}: expected a prompt a line, found none");
    }

    private static string[] Read()
    {
        using var stream = typeof(QualityPrompts).Assembly.GetManifestResourceStream("held-out-prompts.txt")!;
        using var reader = new StreamReader(stream);
        return Lines(reader.ReadToEnd());
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
