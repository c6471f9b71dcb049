namespace Afterimage.Models;

/// <summary>
/// An autoencoder of videos whose tiles are given by their size and by how far one is from the next, both in pixels, as those of Wan, LTX, Hunyuan and Mochi.
/// </summary>
/// <param name="name">The name of the class.</param>
public abstract class StridedAutoencoder(string name) : Autoencoder(name)
{
    /// <summary>The height of a tile.</summary>
    public int TileSampleMinHeight { get; private protected set; }

    /// <summary>The width of a tile.</summary>
    public int TileSampleMinWidth { get; private protected set; }

    /// <summary>How far a tile is below the one before; what a tile is higher than this is faded.</summary>
    public int TileSampleStrideHeight { get; private protected set; }

    /// <summary>How far a tile is to the right of the one before; what a tile is wider than this is faded.</summary>
    public int TileSampleStrideWidth { get; private protected set; }

    /// <summary>From pixels to latents.</summary>
    private protected TileGrid TilesOfEncoding => new(
        TileAxis.Strided(TileSampleMinHeight, TileSampleStrideHeight, TileSampleMinHeight / SpatialCompressionRatio, TileSampleStrideHeight / SpatialCompressionRatio),
        TileAxis.Strided(TileSampleMinWidth, TileSampleStrideWidth, TileSampleMinWidth / SpatialCompressionRatio, TileSampleStrideWidth / SpatialCompressionRatio));

    /// <summary>From latents to pixels.</summary>
    private protected TileGrid TilesOfDecoding => new(
        TileAxis.Strided(TileSampleMinHeight / SpatialCompressionRatio, TileSampleStrideHeight / SpatialCompressionRatio, TileSampleMinHeight, TileSampleStrideHeight),
        TileAxis.Strided(TileSampleMinWidth / SpatialCompressionRatio, TileSampleStrideWidth / SpatialCompressionRatio, TileSampleMinWidth, TileSampleStrideWidth));

    /// <inheritdoc/>
    public override void EnableTiling() => EnableTiling(tileSampleMinHeight: null);

    /// <summary>Encodes and decodes in tiles from now on. What is not given stays as it is.</summary>
    /// <param name="tileSampleMinHeight"><see cref="TileSampleMinHeight"/></param>
    /// <param name="tileSampleMinWidth"><see cref="TileSampleMinWidth"/></param>
    /// <param name="tileSampleStrideHeight"><see cref="TileSampleStrideHeight"/></param>
    /// <param name="tileSampleStrideWidth"><see cref="TileSampleStrideWidth"/></param>
    /// <exception cref="ArgumentException">A stride is less than a latent, or more than a tile.</exception>
    public void EnableTiling(
        int? tileSampleMinHeight = null,
        int? tileSampleMinWidth = null,
        int? tileSampleStrideHeight = null,
        int? tileSampleStrideWidth = null)
    {
        var (minHeight, minWidth) = (tileSampleMinHeight ?? TileSampleMinHeight, tileSampleMinWidth ?? TileSampleMinWidth);
        var (strideHeight, strideWidth) = (tileSampleStrideHeight ?? TileSampleStrideHeight, tileSampleStrideWidth ?? TileSampleStrideWidth);
        CheckStride(minHeight, strideHeight, SpatialCompressionRatio, nameof(tileSampleStrideHeight));
        CheckStride(minWidth, strideWidth, SpatialCompressionRatio, nameof(tileSampleStrideWidth));
        (TileSampleMinHeight, TileSampleMinWidth) = (minHeight, minWidth);
        (TileSampleStrideHeight, TileSampleStrideWidth) = (strideHeight, strideWidth);
        UseTiling = true;
    }

    /// <summary>Refuses tiles that do not advance, or leave something out between them.</summary>
    private protected static void CheckStride(int size, int stride, int compression, string parameter)
    {
        if (stride < compression || stride > size)
            throw new ArgumentException($"expected a stride from {compression}, one latent, to the size of a tile, {size}; got {stride}", parameter);
    }
}
