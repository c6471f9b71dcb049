namespace Afterimage.Models;

/// <summary>Tiles given by their size in pixels, and the share of it in which they overlap.</summary>
internal sealed record OverlappingTiles(int SampleHeight, int SampleWidth, double OverlapHeight, double OverlapWidth, int Compression)
{
    private int LatentHeight => SampleHeight / Compression;

    private int LatentWidth => SampleWidth / Compression;

    /// <summary>From pixels to latents.</summary>
    public TileGrid OfEncoding => new(
        TileAxis.Overlapping(SampleHeight, LatentHeight, OverlapHeight), TileAxis.Overlapping(SampleWidth, LatentWidth, OverlapWidth));

    /// <summary>From latents to pixels.</summary>
    public TileGrid OfDecoding => new(
        TileAxis.Overlapping(LatentHeight, SampleHeight, OverlapHeight), TileAxis.Overlapping(LatentWidth, SampleWidth, OverlapWidth));
}
