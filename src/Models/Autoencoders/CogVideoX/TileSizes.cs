using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The sizes of tiles in pixels and in latents, and how far they overlap.</summary>
internal sealed record TileSizes(int SampleHeight, int SampleWidth, double OverlapHeight, double OverlapWidth, int Compression)
{
    public int LatentHeight => SampleHeight / Compression;

    public int LatentWidth => SampleWidth / Compression;

    /// <summary>From pixels to latents.</summary>
    public TileGrid OfEncoding => new(
        TileAxis.Of(SampleHeight, LatentHeight, OverlapHeight), TileAxis.Of(SampleWidth, LatentWidth, OverlapWidth));

    /// <summary>From latents to pixels.</summary>
    public TileGrid OfDecoding => new(
        TileAxis.Of(LatentHeight, SampleHeight, OverlapHeight), TileAxis.Of(LatentWidth, SampleWidth, OverlapWidth));

    /// <summary>Whether a video does not fit into one tile.</summary>
    public bool IsLarger(Tensor video, int height, int width) => video.size(3) > height || video.size(4) > width;
}

/// <summary>The two directions of a tiling.</summary>
internal sealed record TileGrid(TileAxis Rows, TileAxis Columns);

/// <summary>One direction of a tiling.</summary>
/// <param name="Size">Of a tile that goes in.</param>
/// <param name="Stride">From one tile that goes in to the next.</param>
/// <param name="Blend">How much of a tile that comes out is faded into the next.</param>
/// <param name="Kept">How much of it is kept.</param>
internal sealed record TileAxis(int Size, int Stride, int Blend, int Kept)
{
    /// <summary>Rounded as diffusers does.</summary>
    public static TileAxis Of(int inSize, int outSize, double overlap)
    {
        var blend = (int)(outSize * overlap);
        return new TileAxis(inSize, (int)(inSize * (1 - overlap)), blend, outSize - blend);
    }
}
