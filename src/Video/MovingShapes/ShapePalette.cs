namespace Afterimage.Video.MovingShapes;

/// <summary>What the colours of films of moving shapes look like, as red, green and blue from 0 to 255.</summary>
public static class ShapePalette
{
    /// <summary>A dark ground.</summary>
    public static (byte Red, byte Green, byte Blue) DarkGround => (24, 26, 34);

    /// <summary>A light ground.</summary>
    public static (byte Red, byte Green, byte Blue) LightGround => (236, 233, 224);

    /// <summary>The colour of a shape.</summary>
    public static (byte Red, byte Green, byte Blue) Of(ShapeColor color) => color switch
    {
        ShapeColor.Red => (222, 48, 44),
        ShapeColor.Green => (44, 168, 72),
        ShapeColor.Blue => (52, 92, 224),
        ShapeColor.Yellow => (240, 192, 32),
        ShapeColor.Purple => (156, 64, 196),
        ShapeColor.Cyan => (40, 190, 206),
        _ => throw new ArgumentOutOfRangeException(nameof(color), color, "no colour of a shape"),
    };
}
