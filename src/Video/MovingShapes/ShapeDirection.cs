namespace Afterimage.Video.MovingShapes;

/// <summary>Where shapes go.</summary>
public enum ShapeDirection
{
    /// <summary>Moving left.</summary>
    Left,

    /// <summary>Moving right.</summary>
    Right,

    /// <summary>Rising.</summary>
    Up,

    /// <summary>Falling.</summary>
    Down,
}
