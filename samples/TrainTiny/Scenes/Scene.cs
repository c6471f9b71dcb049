using Afterimage.Video.MovingShapes;

namespace TrainTiny.Scenes;

/// <summary>The sizes of shapes.</summary>
public enum ShapeSize
{
    Small,
    Medium,
    Large,
}

/// <summary>How fast shapes go.</summary>
public enum ShapeSpeed
{
    Slow,
    Medium,
    Fast,
}

/// <summary>What a clip shows: all that its words say, and where its shapes are.</summary>
/// <param name="Start">Of the space that the way leaves, along it and across it, from 0 to 1.</param>
public sealed record Scene(
    ShapeColor Color,
    ShapeKind Kind,
    ShapeDirection Direction,
    int Count,
    ShapeSize Size,
    ShapeSpeed Speed,
    bool IsGroundLight,
    (double Along, double Across) Start)
{
    /// <summary>
    /// Whether training leaves this colour, shape and direction out: one shape of every colour and direction, so that each two of the
    /// three are seen together and no held-out three are.
    /// </summary>
    public static bool IsHeldOut(ShapeColor color, ShapeKind kind, ShapeDirection direction) =>
        ((int)color + (int)kind + (int)direction) % Enum.GetValues<ShapeKind>().Length == 0;

    /// <summary>A scene that training may see.</summary>
    public static Scene Sample(Random random)
    {
        while (true)
        {
            var (color, kind, direction) = (Any<ShapeColor>(random), Any<ShapeKind>(random), Any<ShapeDirection>(random));
            if (IsHeldOut(color, kind, direction))
                continue;
            return new Scene(
                color, kind, direction, random.Next(1, 3), Any<ShapeSize>(random), Any<ShapeSpeed>(random), random.Next(2) == 1,
                (random.NextDouble(), random.NextDouble()));
        }
    }

    /// <summary>The scene with its shapes going through the middle of the picture.</summary>
    public Scene ThroughMiddle => this with { Start = (Start.Along, 0.5) };

    private static T Any<T>(Random random)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>();
        return values[random.Next(values.Length)];
    }
}
