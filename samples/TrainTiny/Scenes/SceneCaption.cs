using Afterimage.Video.MovingShapes;

namespace TrainTiny.Scenes;

/// <summary>
/// The words of a scene: "a red circle moving left", "two small blue squares falling quickly on a light ground". What is medium or dark
/// need not be said; some begin with a capital or end with a full stop.
/// </summary>
public static class SceneCaption
{
    /// <summary>Every word that captions have, and their parts.</summary>
    public static IReadOnlyList<string> Vocabulary { get; } =
    [
        "a", "one", "two", "A", "One", "Two", "small", "little", "large", "big",
        .. Enum.GetValues<ShapeColor>().Select(Word),
        .. Enum.GetValues<ShapeKind>().SelectMany(kind => (string[])[Word(kind), Word(kind) + "s"]),
        "moving", "left", "right", "up", "down", "rising", "falling",
        "slowly", "quickly", "fast", "on", "dark", "light", "ground", "background",
    ];

    /// <summary>One of a scene's captions.</summary>
    public static string Of(Scene scene, Random random)
    {
        List<string> words = [scene.Count == 2 ? "two" : Either("a", "one")];
        if (scene.Size != ShapeSize.Medium)
            words.Add(scene.Size == ShapeSize.Small ? Either("small", "little") : Either("large", "big"));
        words.Add(Word(scene.Color));
        words.Add(Word(scene.Kind) + (scene.Count == 2 ? "s" : ""));
        words.Add(scene.Direction switch
        {
            ShapeDirection.Left => "moving left",
            ShapeDirection.Right => "moving right",
            ShapeDirection.Up => Either("rising", "moving up"),
            _ => Either("falling", "moving down"),
        });
        if (scene.Speed != ShapeSpeed.Medium)
            words.Add(scene.Speed == ShapeSpeed.Slow ? "slowly" : Either("quickly", "fast"));
        if (scene.IsGroundLight || random.Next(2) == 0)
            words.Add($"on a {(scene.IsGroundLight ? "light" : "dark")} {Either("ground", "background")}");
        var caption = string.Join(' ', words);
        if (random.Next(4) == 0)
            caption = char.ToUpperInvariant(caption[0]) + caption[1..];
        return random.Next(6) == 0 ? caption + "." : caption;

        string Either(string first, string second) => random.Next(2) == 0 ? first : second;
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
