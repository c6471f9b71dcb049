using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class AutoencoderKLCogVideoX
{
    private TileSizes _tiles;

    /// <summary>Whether a video larger than a tile goes through in overlapping tiles, in memory that does not grow with its size.</summary>
    public bool UseTiling { get; private set; }

    /// <summary>
    /// Encodes and decodes in tiles from now on. What is not given stays as it is, at first half of the config's sample size, a
    /// sixth of the height and a fifth of the width. Where a tile without its overlap is no whole number of latents, a video comes
    /// out larger or smaller, as in diffusers.
    /// </summary>
    /// <param name="tileSampleMinHeight">The height of a tile, in pixels.</param>
    /// <param name="tileSampleMinWidth">The width of a tile, in pixels.</param>
    /// <param name="tileOverlapFactorHeight">The share of a tile's height that it has in common with the next.</param>
    /// <param name="tileOverlapFactorWidth">The share of a tile's width that it has in common with the next.</param>
    /// <exception cref="ArgumentException">Tiles would be smaller than a latent, or would not advance.</exception>
    public void EnableTiling(
        int? tileSampleMinHeight = null,
        int? tileSampleMinWidth = null,
        double? tileOverlapFactorHeight = null,
        double? tileOverlapFactorWidth = null)
    {
        var tiles = _tiles with
        {
            SampleHeight = tileSampleMinHeight ?? _tiles.SampleHeight,
            SampleWidth = tileSampleMinWidth ?? _tiles.SampleWidth,
            OverlapHeight = tileOverlapFactorHeight ?? _tiles.OverlapHeight,
            OverlapWidth = tileOverlapFactorWidth ?? _tiles.OverlapWidth,
        };
        CheckAxis(tiles.SampleHeight, tiles.OverlapHeight, tiles.OfDecoding.Rows, tiles.OfEncoding.Rows, nameof(tileSampleMinHeight));
        CheckAxis(tiles.SampleWidth, tiles.OverlapWidth, tiles.OfDecoding.Columns, tiles.OfEncoding.Columns, nameof(tileSampleMinWidth));
        (_tiles, UseTiling) = (tiles, true);
    }

    /// <summary>Encodes and decodes in one piece from now on.</summary>
    public void DisableTiling() => UseTiling = false;

    private static void CheckAxis(int size, double overlap, TileAxis decoding, TileAxis encoding, string name)
    {
        if (!(overlap is >= 0 and < 1) || decoding.Stride < 1 || encoding.Stride < 1)
            throw new ArgumentException(
                $"expected an overlap from 0 to less than 1, and a tile that is at least one latent larger than its overlap; got {size} pixels and {overlap}",
                name);
    }

    /// <summary>
    /// Applies the network tile by tile, fading each tile into those above and to the left. Of the tiles, only those of the row
    /// above are held.
    /// </summary>
    private static Tensor InTiles(Tensor video, TileGrid grid, Func<Tensor, Tensor> apply)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (video.size(3), video.size(4));
        var rows = new List<Tensor>();
        var above = new List<Tensor>();
        for (long top = 0; top < height; top += grid.Rows.Stride)
        {
            var row = new List<Tensor>();
            for (long left = 0; left < width; left += grid.Columns.Stride)
            {
                using var band = video.narrow(3, top, Math.Min(grid.Rows.Size, height - top));
                using var input = band.narrow(4, left, Math.Min(grid.Columns.Size, width - left));
                var tile = apply(input);
                if (top > 0)
                    Fade(above[row.Count], tile, 3, grid.Rows.Blend);
                if (left > 0)
                    Fade(row[^1], tile, 4, grid.Columns.Blend);
                row.Add(tile);
            }
            rows.Add(Joined(row, grid));
            above.ForEach(tile => tile.Dispose());
            above = row;
        }
        return cat(rows, 3).MoveToOuterDisposeScope();
    }

    /// <summary>What is kept of a row's tiles, side by side.</summary>
    private static Tensor Joined(List<Tensor> row, TileGrid grid)
    {
        using var scope = NewDisposeScope();
        var kept = row.Select(tile => tile
            .narrow(3, 0, Math.Min(grid.Rows.Kept, tile.size(3)))
            .narrow(4, 0, Math.Min(grid.Columns.Kept, tile.size(4))));
        return cat([.. kept], 4).MoveToOuterDisposeScope();
    }

    /// <summary>Lets the begin of a tile come out of the end of the tile before, linearly, in place.</summary>
    private static void Fade(Tensor before, Tensor tile, int dimension, long extent)
    {
        using var scope = NewDisposeScope();
        extent = Math.Min(extent, Math.Min(before.size(dimension), tile.size(dimension)));
        if (extent == 0)
            return;
        long[] shape = [1, 1, 1, 1, 1];
        shape[dimension] = extent;
        var share = TensorArithmetic.Range(extent, ScalarType.Float32, tile.device).Over(extent).reshape(shape);
        var end = before.narrow(dimension, before.size(dimension) - extent, extent);
        var begin = tile.narrow(dimension, 0, extent);
        begin.copy_((end * 1.Minus(share)).Plus(begin * share));
    }
}
