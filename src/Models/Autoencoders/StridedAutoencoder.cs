using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// An autoencoder of videos whose tiles are given by their size and by how far one is from the next, both in pixels, as those of Wan, LTX, Hunyuan and Mochi.
/// Both can be set at any time; tiles that do not advance, or leave something out between them, are refused where they are used (<see cref="ArgumentException"/>).
/// </summary>
/// <param name="name">The name of the class.</param>
public abstract class StridedAutoencoder(string name) : Autoencoder(name)
{
    /// <summary>The height of a tile.</summary>
    public int TileSampleMinHeight { get; set; }

    /// <summary>The width of a tile.</summary>
    public int TileSampleMinWidth { get; set; }

    /// <summary>How far a tile is below the one before; what a tile is higher than this is faded.</summary>
    public int TileSampleStrideHeight { get; set; }

    /// <summary>How far a tile is to the right of the one before; what a tile is wider than this is faded.</summary>
    public int TileSampleStrideWidth { get; set; }

    /// <summary>From pixels to latents.</summary>
    private protected TileGrid TilesOfEncoding => TilesOver(1, SpatialCompressionRatio);

    /// <summary>From latents to pixels.</summary>
    private protected TileGrid TilesOfDecoding => TilesOver(SpatialCompressionRatio, 1);

    /// <summary>The tiling of a network that takes one number for so many pixels, and gives one for so many.</summary>
    private protected TileGrid TilesOver(int taken, int given)
    {
        CheckStride(TileSampleMinHeight, TileSampleStrideHeight, SpatialCompressionRatio, nameof(TileSampleStrideHeight));
        CheckStride(TileSampleMinWidth, TileSampleStrideWidth, SpatialCompressionRatio, nameof(TileSampleStrideWidth));
        return new TileGrid(
            TileAxis.Strided(TileSampleMinHeight / taken, TileSampleStrideHeight / taken, TileSampleMinHeight / given, TileSampleStrideHeight / given),
            TileAxis.Strided(TileSampleMinWidth / taken, TileSampleStrideWidth / taken, TileSampleMinWidth / given, TileSampleStrideWidth / given));
    }

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

    /// <summary>The moments of a sample, in tiles where these are enabled and it does not fit into one. The caller owns them.</summary>
    private protected Tensor EncodeTiled(Tensor sample, Func<Tensor, Tensor> encoder) => UseTiling && TilesOfEncoding is var tiles && tiles.IsExceededBy(sample.shape)
        ? tiles.Apply(sample, encoder).Then(moments => Cut(moments, sample.size(-2) / SpatialCompressionRatio, sample.size(-1) / SpatialCompressionRatio))
        : encoder(sample);

    /// <summary>The sample of latents, in tiles where these are enabled and they do not fit into one. The caller owns it.</summary>
    private protected Tensor DecodeTiled(Tensor latents, Func<Tensor, Tensor> decoder) => UseTiling && TilesOfDecoding is var tiles && tiles.IsExceededBy(latents.shape)
        ? tiles.Apply(latents, decoder).Then(sample => Cut(sample, latents.size(-2) * SpatialCompressionRatio, latents.size(-1) * SpatialCompressionRatio))
        : decoder(latents);

    /// <summary>What <see cref="EncodeTiled"/> holds.</summary>
    private protected Footprint MeasureEncodeTiled(Extent sample, Func<Extent, Footprint> encoder) => Measure(sample, UseTiling ? TilesOfEncoding : null, encoder);

    /// <summary>What <see cref="DecodeTiled"/> holds.</summary>
    private protected Footprint MeasureDecodeTiled(Extent latents, Func<Extent, Footprint> decoder) => Measure(latents, UseTiling ? TilesOfDecoding : null, decoder);

    /// <summary>Refuses tiles that do not advance, or leave something out between them.</summary>
    private protected static void CheckStride(int size, int stride, int compression, string parameter)
    {
        if (stride < compression || stride > size)
            throw new ArgumentException($"expected a stride from {compression}, one latent, to the size of a tile, {size}; got {stride}", parameter);
    }

    /// <summary>Without what tiles that are no whole number of latents leave over. The caller owns the result.</summary>
    private protected static Tensor Cut(Tensor video, long height, long width) =>
        video.narrow(-2, 0, Math.Min(height, video.size(-2))).Then(rows => rows.narrow(-1, 0, Math.Min(width, rows.size(-1))));
}
