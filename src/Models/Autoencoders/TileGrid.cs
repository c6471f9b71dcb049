using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A tiling over height and width, the last two dimensions.</summary>
internal sealed record TileGrid(TileAxis Rows, TileAxis Columns)
{
    /// <summary>Whether a picture or video does not fit into one tile.</summary>
    public bool IsExceededBy(ReadOnlySpan<long> shape) => IsExceededBy(shape[^2], shape[^1]);

    /// <inheritdoc cref="IsExceededBy(ReadOnlySpan{long})"/>
    public bool IsExceededBy(double height, double width) => height > Rows.Size || width > Columns.Size;

    /// <summary>
    /// Applies a network tile by tile, fading each tile into those above and to the left. Of the tiles, only what is kept of them is held, and the edges that
    /// others are faded into. The caller owns the result.
    /// </summary>
    public Tensor Apply(Tensor video, Func<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (video.size(-2), video.size(-1));
        var rows = new List<Tensor>();
        var above = new List<Tensor>();
        for (long top = 0; top < height; top += Rows.Stride)
        {
            using var band = video.narrow(-2, top, Math.Min(Rows.Size, height - top));
            var (row, edges) = (new List<Tensor>(), new List<Tensor>());
            Tensor? before = null;
            for (long left = 0; left < width; left += Columns.Stride)
            {
                using var input = band.narrow(-1, left, Math.Min(Columns.Size, width - left));
                using var tile = network(input);
                if (top > 0)
                    above[row.Count].Then(edge => Rows.FadeInto(edge, tile, -2));
                before?.Then(edge => Columns.FadeInto(edge, tile, -1));
                row.Add(Rows.Begin(tile, -2).Then(begin => Columns.Begin(begin, -1)).Then(begin => begin.clone()));
                edges.Add(Rows.Edge(tile, -2));
                before = Columns.Edge(tile, -1);
            }
            before?.Dispose();
            rows.Add(cat(row, -1));
            row.ForEach(tile => tile.Dispose());
            above = edges;
        }
        above.ForEach(edge => edge.Dispose());
        return cat(rows, -2).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Apply"/> holds: the edges of a row and what is kept of tiles beside one of them, and at the end what is kept twice.</summary>
    public Footprint Measure(Extent video, Func<Extent, Footprint> network)
    {
        // Of tiles that are cut off by an end each is looked at, for torch may take more for less.
        Footprint Of(double height, double width) => network(video with { Height = height, Width = width });
        var (height, width) = (Math.Min(Rows.Size, video.Height), Math.Min(Columns.Size, video.Width));
        var (largest, last) = (Of(height, width), Of(Rows.LastOf(video.Height), Columns.LastOf(video.Width)));
        var peak = new[] { largest, last, Of(Rows.LastOf(video.Height), width), Of(height, Columns.LastOf(video.Width)) }.Max(each => each.Peak);
        var tile = largest.Output;
        var output = tile with
        {
            Height = Rows.Joined(video.Height, tile.Height, last.Output.Height),
            Width = Columns.Joined(video.Width, tile.Width, last.Output.Width),
        };
        var edges = Columns.CountIn(video.Width) * (tile with { Height = Math.Min(Rows.Blend, tile.Height) }).Bytes
            + (tile with { Width = Math.Min(Columns.Blend, tile.Width) }).Bytes;
        return new(output, video.Bytes + output.Bytes + Math.Max(edges + peak, output.Bytes));
    }
}
