using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// An autoencoder of videos that takes long ones in overlapping tiles of frames, in memory that does not grow with their length, as those of LTX and Hunyuan.
/// </summary>
/// <param name="name">The name of the class.</param>
public abstract class FramewiseAutoencoder(string name) : StridedAutoencoder(name)
{
    /// <summary>Whether videos of more than <see cref="TileSampleMinNumFrames"/> are encoded in tiles of frames.</summary>
    public bool UseFramewiseEncoding { get; set; }

    /// <summary>Whether latents of more than <see cref="TileSampleMinNumFrames"/> are decoded in tiles of frames.</summary>
    public bool UseFramewiseDecoding { get; set; }

    /// <summary>The frames of a tile, which begins with one more.</summary>
    public int TileSampleMinNumFrames { get; set; }

    /// <summary>By how many frames a tile is later than the one before; what a tile is longer than this is faded.</summary>
    public int TileSampleStrideNumFrames { get; set; }

    /// <summary>How many frames one latent frame stands for, but the first, which stands for one.</summary>
    public abstract int TemporalCompressionRatio { get; }

    /// <inheritdoc/>
    public override void EnableTiling() => EnableTiling(tileSampleMinHeight: null);

    /// <summary>Encodes and decodes in tiles of height and width from now on. What is not given stays as it is. Tiles of frames are used or not as before.</summary>
    /// <param name="tileSampleMinHeight">The height of a tile, in pixels.</param>
    /// <param name="tileSampleMinWidth">The width of a tile, in pixels.</param>
    /// <param name="tileSampleMinNumFrames"><see cref="TileSampleMinNumFrames"/></param>
    /// <param name="tileSampleStrideHeight">How far a tile is below the one before, in pixels.</param>
    /// <param name="tileSampleStrideWidth">How far a tile is to the right of the one before, in pixels.</param>
    /// <param name="tileSampleStrideNumFrames"><see cref="TileSampleStrideNumFrames"/></param>
    /// <exception cref="ArgumentException">A stride is less than a latent, or more than a tile.</exception>
    public void EnableTiling(
        int? tileSampleMinHeight = null,
        int? tileSampleMinWidth = null,
        int? tileSampleMinNumFrames = null,
        int? tileSampleStrideHeight = null,
        int? tileSampleStrideWidth = null,
        int? tileSampleStrideNumFrames = null)
    {
        var (minFrames, strideFrames) = (tileSampleMinNumFrames ?? TileSampleMinNumFrames, tileSampleStrideNumFrames ?? TileSampleStrideNumFrames);
        CheckStride(minFrames, strideFrames, TemporalCompressionRatio, nameof(tileSampleStrideNumFrames));
        base.EnableTiling(tileSampleMinHeight, tileSampleMinWidth, tileSampleStrideHeight, tileSampleStrideWidth);
        (TileSampleMinNumFrames, TileSampleStrideNumFrames) = (minFrames, strideFrames);
    }

    /// <summary>The moments of a sample, in the tiles that are asked for. The caller owns them.</summary>
    /// <param name="sample">[batch, channels, frames, height, width]</param>
    /// <param name="framewise">Whether a long one is cut along time.</param>
    /// <param name="encoder">Encodes a tile.</param>
    /// <param name="cancellationToken">Looked at before each tile.</param>
    private protected Tensor EncodeInTiles(Tensor sample, bool framewise, Func<Tensor, Tensor> encoder, CancellationToken cancellationToken)
    {
        Tensor Encode(Tensor frames) => EncodeTiled(frames, Unless(cancellationToken, encoder));
        var frames = sample.size(2);
        if (!framewise || frames <= TileSampleMinNumFrames)
            return Encode(sample);
        return FramesOfEncoding().Apply(sample, (frames - 1) / TemporalCompressionRatio + 1, Encode);
    }

    /// <summary>What <see cref="EncodeInTiles"/> holds.</summary>
    private protected Footprint MeasureEncodeInTiles(Extent sample, bool framewise, Func<Extent, Footprint> encoder)
    {
        Footprint Encode(Extent frames) => MeasureEncodeTiled(frames, encoder);
        return !framewise || sample.Frames <= TileSampleMinNumFrames
            ? Encode(sample)
            : FramesOfEncoding().Measure(sample, Math.Floor((sample.Frames - 1) / TemporalCompressionRatio) + 1, Encode);
    }

    /// <summary>The sample of latents, in the tiles that are asked for. The caller owns it.</summary>
    /// <param name="latents">[batch, latent channels, latent frames, latent height, latent width]</param>
    /// <param name="dropsLast">Which frame of a tile is one too many: the last, or else the first.</param>
    /// <param name="decoder">Decodes a tile.</param>
    /// <param name="cancellationToken">Looked at before each tile.</param>
    private protected Tensor DecodeInTiles(Tensor latents, bool dropsLast, Func<Tensor, Tensor> decoder, CancellationToken cancellationToken)
    {
        Tensor Decode(Tensor frames) => DecodeTiled(frames, Unless(cancellationToken, decoder));
        var frames = latents.size(2);
        if (!UseFramewiseDecoding || frames <= TileSampleMinNumFrames / TemporalCompressionRatio)
            return Decode(latents);
        return FramesOfDecoding(dropsLast).Apply(latents, (frames - 1) * TemporalCompressionRatio + 1, Decode);
    }

    /// <summary>What <see cref="DecodeInTiles"/> holds.</summary>
    private protected Footprint MeasureDecodeInTiles(Extent latents, bool dropsLast, Func<Extent, Footprint> decoder)
    {
        Footprint Decode(Extent frames) => MeasureDecodeTiled(frames, decoder);
        return !UseFramewiseDecoding || latents.Frames <= TileSampleMinNumFrames / TemporalCompressionRatio
            ? Decode(latents)
            : FramesOfDecoding(dropsLast).Measure(latents, (latents.Frames - 1) * TemporalCompressionRatio + 1, Decode);
    }

    private FrameTiles FramesOfEncoding()
    {
        var ratio = CheckedTemporalRatio();
        return new(TileAxis.Strided(TileSampleMinNumFrames, TileSampleStrideNumFrames, TileSampleMinNumFrames / ratio, TileSampleStrideNumFrames / ratio), DropsLast: false);
    }

    private FrameTiles FramesOfDecoding(bool dropsLast)
    {
        var ratio = CheckedTemporalRatio();
        return new(TileAxis.Strided(TileSampleMinNumFrames / ratio, TileSampleStrideNumFrames / ratio, TileSampleMinNumFrames, TileSampleStrideNumFrames), dropsLast);
    }

    private int CheckedTemporalRatio()
    {
        CheckStride(TileSampleMinNumFrames, TileSampleStrideNumFrames, TemporalCompressionRatio, nameof(TileSampleStrideNumFrames));
        return TemporalCompressionRatio;
    }

    private static Func<Tensor, Tensor> Unless(CancellationToken cancellationToken, Func<Tensor, Tensor> network) => tile =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        return network(tile);
    };
}
