namespace Afterimage.Video.MovingShapes;

/// <summary>The colours of shapes. <see cref="ShapePalette"/> says what they look like.</summary>
public enum ShapeColor
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Cyan.</summary>
    Cyan,
}
