using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A tiling over height and width, the last two dimensions.</summary>
internal sealed record TileGrid(TileAxis Rows, TileAxis Columns)
{
    /// <summary>Whether a picture or video does not fit into one tile.</summary>
    public bool IsExceededBy(Tensor video) => video.size(-2) > Rows.Size || video.size(-1) > Columns.Size;

    /// <summary>
    /// Applies a network tile by tile, fading each tile into those above and to the left. Of the tiles, only those of the row above are held. The
    /// caller owns the result.
    /// </summary>
    public Tensor Apply(Tensor video, Func<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (video.size(-2), video.size(-1));
        var rows = new List<Tensor>();
        var above = new List<Tensor>();
        for (long top = 0; top < height; top += Rows.Stride)
        {
            var row = new List<Tensor>();
            for (long left = 0; left < width; left += Columns.Stride)
            {
                using var band = video.narrow(-2, top, Math.Min(Rows.Size, height - top));
                using var input = band.narrow(-1, left, Math.Min(Columns.Size, width - left));
                var tile = network(input);
                if (top > 0)
                    TileAxis.Fade(above[row.Count], tile, -2, Rows.Blend);
                if (left > 0)
                    TileAxis.Fade(row[^1], tile, -1, Columns.Blend);
                row.Add(tile);
            }
            rows.Add(Joined(row));
            above.ForEach(tile => tile.Dispose());
            above = row;
        }
        return cat(rows, -2).MoveToOuterDisposeScope();
    }

    /// <summary>What is kept of a row's tiles, side by side.</summary>
    private Tensor Joined(List<Tensor> row)
    {
        using var scope = NewDisposeScope();
        var kept = row.Select(tile => tile
            .narrow(-2, 0, Math.Min(Rows.Kept, tile.size(-2)))
            .narrow(-1, 0, Math.Min(Columns.Kept, tile.size(-1))));
        return cat([.. kept], -1).MoveToOuterDisposeScope();
    }
}
