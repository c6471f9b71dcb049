using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace Afterimage.Video.MovingShapes;

/// <summary>What a prompt asks of moving shapes, or a film shows of them.</summary>
/// <param name="Color">Their colour, or <see langword="null"/> where it is not said or cannot be told.</param>
/// <param name="Kind">What they are, likewise.</param>
/// <param name="Direction">Where they go, likewise.</param>
public readonly partial record struct ShapeTraits(ShapeColor? Color, ShapeKind? Kind, ShapeDirection? Direction)
{
    /// <summary>
    /// What a prompt says, such as "two blue squares falling": the first word of each trait counts, in singular or plural and in any
    /// case.
    /// </summary>
    public static ShapeTraits InPrompt(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        string[] words = [.. Word().Matches(prompt.ToLowerInvariant()).Select(match => match.Value)];
        return new ShapeTraits(First<ShapeColor>(words, Color), First<ShapeKind>(words, Kind), First<ShapeDirection>(words, Direction));

        static ShapeColor? Color(string word) => Named<ShapeColor>(word);
        static ShapeKind? Kind(string word) => Named<ShapeKind>(word) ?? (word.EndsWith('s') ? Named<ShapeKind>(word[..^1]) : null);
        static ShapeDirection? Direction(string word) => word switch
        {
            "rising" or "upwards" => ShapeDirection.Up,
            "falling" or "downwards" => ShapeDirection.Down,
            _ => Named<ShapeDirection>(word),
        };
    }

    /// <summary>
    /// What a film shows: shapes stand out from a ground of one colour, their colour is the nearest of <see cref="ShapePalette"/>, they are
    /// triangles where their centre of gravity is low and squares where they fill their bounding box, and they go where their centre goes.
    /// </summary>
    /// <param name="frames"><c>[frames, 3, height, width]</c>, floating-point, in [0, 1]. It stays the caller's.</param>
    /// <exception cref="ArgumentException">The tensor has another form or type.</exception>
    public static ShapeTraits InFilm(Tensor frames)
    {
        var pictures = PictureOfShapes.Of(frames);
        // A trait of a film is one of most of its frames.
        var shown = pictures.Where(picture => picture.Shapes.Count > 0).ToArray();
        return 2 * shown.Length < pictures.Count
            ? default
            : new ShapeTraits(ShapeMeasures.Color(shown), ShapeMeasures.Kind(shown), ShapeMeasures.Direction(pictures));
    }

    /// <summary>Compares what is shown with what was asked: <see langword="null"/> for what was not asked.</summary>
    /// <param name="asked">Of a prompt.</param>
    /// <param name="shown">Of its film.</param>
    public static TraitAgreement Compare(ShapeTraits asked, ShapeTraits shown) => new(
        asked.Color is { } color ? shown.Color == color : null,
        asked.Kind is { } kind ? shown.Kind == kind : null,
        asked.Direction is { } direction ? shown.Direction == direction : null);

    private static T? First<T>(string[] words, Func<string, T?> read)
        where T : struct => words.Select(read).FirstOrDefault(value => value is not null);

    private static T? Named<T>(string word)
        where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
            if (word.Equals(value.ToString(), StringComparison.OrdinalIgnoreCase))
                return value;
        return null;
    }

    [GeneratedRegex("[a-z]+")]
    private static partial Regex Word();
}
