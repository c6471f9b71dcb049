namespace Afterimage.Models;

public sealed partial class AutoencoderKL
{
    /// <summary>The height and width of a tile, in pixels; at first the config's sample size.</summary>
    public int TileSampleMinSize { get; set; }

    /// <summary>The height and width of a tile, in latents.</summary>
    public int TileLatentMinSize { get; set; }

    /// <summary>The share of a tile that it has in common with the next.</summary>
    public double TileOverlapFactor { get; set; } = 0.25;

    private TileGrid TilesOfEncoding => Tiles(TileSampleMinSize, TileLatentMinSize);

    private TileGrid TilesOfDecoding => Tiles(TileLatentMinSize, TileSampleMinSize);

    /// <inheritdoc/>
    public override void EnableTiling() => EnableTiling(tileSampleMinSize: null);

    /// <summary>
    /// Encodes and decodes in tiles from now on. What is not given stays as it is. Where a tile without its overlap is no whole number of latents, a
    /// picture comes out larger or smaller, as in diffusers.
    /// </summary>
    /// <param name="tileSampleMinSize"><see cref="TileSampleMinSize"/></param>
    /// <param name="tileLatentMinSize"><see cref="TileLatentMinSize"/>; follows from <paramref name="tileSampleMinSize"/> where only that is given.</param>
    /// <param name="tileOverlapFactor"><see cref="TileOverlapFactor"/></param>
    /// <exception cref="ArgumentException">Tiles would be smaller than a latent, or would not advance.</exception>
    public void EnableTiling(int? tileSampleMinSize = null, int? tileLatentMinSize = null, double? tileOverlapFactor = null)
    {
        var sampleSize = tileSampleMinSize ?? TileSampleMinSize;
        var latentSize = tileLatentMinSize ?? (tileSampleMinSize is null ? TileLatentMinSize : sampleSize / SpatialCompressionRatio);
        var overlap = tileOverlapFactor ?? TileOverlapFactor;
        CheckTiles(sampleSize, latentSize, overlap);
        (TileSampleMinSize, TileLatentMinSize, TileOverlapFactor, UseTiling) = (sampleSize, latentSize, overlap, true);
    }

    private TileGrid Tiles(int taken, int given)
    {
        CheckTiles(TileSampleMinSize, TileLatentMinSize, TileOverlapFactor);
        var axis = TileAxis.Overlapping(taken, given, TileOverlapFactor);
        return new TileGrid(axis, axis);
    }

    private static void CheckTiles(int sampleSize, int latentSize, double overlap)
    {
        if (!(overlap is >= 0 and < 1) || (int)(Math.Min(sampleSize, latentSize) * (1 - overlap)) < 1)
            throw new ArgumentException(
                $"expected an overlap from 0 to less than 1, and a tile that is at least one latent larger than its overlap; got {sampleSize} pixels, {latentSize} latents and {overlap}",
                nameof(TileSampleMinSize));
    }
}
