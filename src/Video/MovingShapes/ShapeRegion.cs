namespace Afterimage.Video.MovingShapes;

/// <summary>A connected piece of what covers the ground.</summary>
/// <param name="Area">How many pixels it has.</param>
/// <param name="Box">How many pixels its bounding box has.</param>
/// <param name="Balance">How far down its bounding box its centre of gravity is, from 0 to 1.</param>
internal readonly record struct ShapeRegion(int Area, int Box, double Balance)
{
    /// <summary>The cover from which on a pixel is part of a shape, not of its ground.</summary>
    public const float LeastCover = 0.5f;

    /// <summary>The share of a frame below which a piece is a speck.</summary>
    private const double LeastShare = 0.005;

    /// <summary>The share of its bounding box that it fills.</summary>
    public double Fill => (double)Area / Box;

    /// <summary>The pieces of a frame, given how much each pixel is covered, row by row.</summary>
    public static IReadOnlyList<ShapeRegion> In(float[] cover, int width, int height)
    {
        var regions = new List<ShapeRegion>();
        var isSeen = new bool[cover.Length];
        var pending = new Stack<int>();
        for (var start = 0; start < cover.Length; start++)
        {
            var (area, rows, left, right, top, bottom) = (0, 0L, width, -1, height, -1);
            Visit(start);
            while (pending.TryPop(out var at))
            {
                var (x, y) = (at % width, at / width);
                (area, rows) = (area + 1, rows + y);
                (left, right, top, bottom) = (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), Math.Max(bottom, y));
                if (x > 0)
                    Visit(at - 1);
                if (x < width - 1)
                    Visit(at + 1);
                if (y > 0)
                    Visit(at - width);
                if (y < height - 1)
                    Visit(at + width);
            }
            if (area >= LeastShare * cover.Length)
            {
                var boxHeight = bottom - top + 1;
                regions.Add(new ShapeRegion(area, (right - left + 1) * boxHeight, ((double)rows / area - top + 0.5) / boxHeight));
            }
        }
        return regions;

        void Visit(int at)
        {
            if (isSeen[at] || cover[at] < LeastCover)
                return;
            isSeen[at] = true;
            pending.Push(at);
        }
    }
}
