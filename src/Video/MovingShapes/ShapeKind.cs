namespace Afterimage.Video.MovingShapes;

/// <summary>The kinds of shapes.</summary>
public enum ShapeKind
{
    /// <summary>A disc: of its bounding box it covers π/4.</summary>
    Circle,

    /// <summary>A square with level sides: it covers all of its bounding box.</summary>
    Square,

    /// <summary>A triangle that stands on its base and is as high as that is wide: it covers half of its bounding box.</summary>
    Triangle,
}
