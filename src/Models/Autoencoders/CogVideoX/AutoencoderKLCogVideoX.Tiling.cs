namespace Afterimage.Models;

public sealed partial class AutoencoderKLCogVideoX
{
    private OverlappingTiles _tiles;

    /// <inheritdoc/>
    public override void EnableTiling() => EnableTiling(tileSampleMinHeight: null);

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

    private static void CheckAxis(int size, double overlap, TileAxis decoding, TileAxis encoding, string name)
    {
        if (!(overlap is >= 0 and < 1) || decoding.Stride < 1 || encoding.Stride < 1)
            throw new ArgumentException(
                $"expected an overlap from 0 to less than 1, and a tile that is at least one latent larger than its overlap; got {size} pixels and {overlap}",
                name);
    }
}
