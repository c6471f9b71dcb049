namespace Afterimage.Video.MovingShapes;

/// <summary>Reads traits off the frames of a film.</summary>
internal static class ShapeMeasures
{
    /// <summary>Halfway between 1/2, where the centre of circles and squares is, and 2/3, where that of triangles is.</summary>
    private const double TriangleBalance = 7 / 12.0;

    /// <summary>Halfway between what circles fill of their bounding boxes, π/4, and what is left of 1 where corners are blurred.</summary>
    private const double SquareFill = 0.86;

    /// <summary>The share of a frame's side that is a way, not a tremble.</summary>
    private const double LeastWay = 0.05;

    /// <summary>The palette's colour that is nearest to that of the median frame.</summary>
    public static ShapeColor Color(IReadOnlyList<PictureOfShapes> pictures)
    {
        var (red, green, blue) = (
            Median(pictures.Select(picture => picture.Color.Red)),
            Median(pictures.Select(picture => picture.Color.Green)),
            Median(pictures.Select(picture => picture.Color.Blue)));
        return Enum.GetValues<ShapeColor>().MinBy(color =>
        {
            var (r, g, b) = ShapePalette.Of(color);
            return Square(red - r / 255.0) + Square(green - g / 255.0) + Square(blue - b / 255.0);
        });
    }

    /// <summary>What the median shape of all frames is.</summary>
    public static ShapeKind Kind(IReadOnlyList<PictureOfShapes> pictures)
    {
        ShapeRegion[] shapes = [.. pictures.SelectMany(picture => picture.Shapes)];
        return Median(shapes.Select(shape => shape.Balance)) > TriangleBalance ? ShapeKind.Triangle
            : Median(shapes.Select(shape => shape.Fill)) > SquareFill ? ShapeKind.Square
            : ShapeKind.Circle;
    }

    /// <summary>Where the centre goes along a line through all frames, or <see langword="null"/> if it stays.</summary>
    public static ShapeDirection? Direction(IReadOnlyList<PictureOfShapes> pictures)
    {
        var seen = pictures.Select((picture, frame) => (frame, picture.Center)).Where(each => !double.IsNaN(each.Center.X)).ToArray();
        if (seen.Length < 2)
            return null;
        var middle = seen.Average(each => each.frame);
        var spread = seen.Sum(each => Square(each.frame - middle));
        var frames = pictures.Count - 1;
        var right = seen.Sum(each => (each.frame - middle) * each.Center.X) / spread * frames / pictures[0].Width;
        var down = seen.Sum(each => (each.frame - middle) * each.Center.Y) / spread * frames / pictures[0].Height;
        if (Math.Max(Math.Abs(right), Math.Abs(down)) < LeastWay)
            return null;
        return Math.Abs(right) > Math.Abs(down)
            ? right > 0 ? ShapeDirection.Right : ShapeDirection.Left
            : down > 0 ? ShapeDirection.Down : ShapeDirection.Up;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static double Square(double value) => value * value;
}
