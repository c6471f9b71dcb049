using System.Text;
using System.Text.RegularExpressions;

namespace Afterimage.Cli.Generate;

/// <summary>Names of the files that <c>generate</c> writes.</summary>
internal static partial class FilmName
{
    private const int LongestStem = 48;

    /// <summary>A file, named after the first words of a prompt, that needs no FFmpeg: a WebP, for a picture a PNG.</summary>
    public static string Of(string prompt, bool isPicture = false)
    {
        var stem = new StringBuilder();
        foreach (Match word in Word().Matches(prompt.ToLowerInvariant()))
        {
            if (stem.Length > 0 && stem.Length + word.Length >= LongestStem)
                break;
            stem.Append(stem.Length > 0 ? "-" : "").Append(word.ValueSpan[..Math.Min(word.Length, LongestStem)]);
        }
        return (stem.Length, isPicture) switch
        {
            (0, true) => "picture.png",
            (0, false) => "film.webp",
            _ => $"{stem}{(isPicture ? ".png" : ".webp")}",
        };
    }

    /// <summary>Where the plan's picture goes: beside the film.</summary>
    public static string OfPlan(string film)
    {
        var stem = Number().Replace(Path.GetFileNameWithoutExtension(film), "").TrimEnd('-', '_', '.');
        return Path.Combine(Path.GetDirectoryName(film) ?? "", stem.Length == 0 ? "plan.png" : $"{stem}.plan.png");
    }

    /// <summary>Where the frame's number goes in a pattern.</summary>
    [GeneratedRegex("%0?[0-9]*d")]
    public static partial Regex Number();

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();
}
