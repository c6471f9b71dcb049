using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// A tiling over time, dimension 2. A tile that goes in is a frame longer than its size, since the first stands alone; of all tiles but the first that comes
/// out one frame too many.
/// </summary>
/// <param name="Frames">Sizes and strides.</param>
/// <param name="DropsLast">Whether the last of these is left out, or the first.</param>
internal sealed record FrameTiles(TileAxis Frames, bool DropsLast)
{
    /// <summary>
    /// Applies a network tile by tile, fading each tile into the one before. Of the tiles, only what is kept of them is held, and the last frames of the one before.
    /// The caller owns the result, of at most <paramref name="most"/> frames.
    /// </summary>
    public Tensor Apply(Tensor video, long most, Func<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var frames = video.size(2);
        var parts = new List<Tensor>();
        Tensor? before = null;
        for (long start = 0; start < frames; start += Frames.Stride)
        {
            using var input = video.narrow(2, start, Math.Min(Frames.Size + 1, frames - start));
            var tile = network(input);
            if (before is not null)
            {
                tile = tile.Then(whole => whole.narrow(2, DropsLast ? 0 : 1, whole.size(2) - 1));
                before.Then(edge => Frames.FadeInto(edge, tile, 2));
            }
            parts.Add(Frames.Begin(tile, 2, more: before is null ? 1 : 0).Then(begin => begin.clone()));
            before = tile.Then(whole => Frames.Edge(whole, 2));
        }
        before?.Dispose();
        using var all = cat(parts, 2);
        return all.narrow(2, 0, Math.Min(most, all.size(2))).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Apply"/> holds: what is kept of tiles and the last frames of one beside the first of them, which is the largest, and at the end what is kept twice.</summary>
    public Footprint Measure(Extent video, double most, Func<Extent, Footprint> network)
    {
        var tile = network(video with { Frames = Math.Min(Frames.Size + 1, video.Frames) });
        // Where there are more tiles than frames that are asked for, what is over is there, too.
        var all = tile.Output with { Frames = Math.Max(most, 1 + Frames.CountIn(video.Frames) * Math.Min(Frames.Kept, tile.Output.Frames)) };
        var edge = tile.Output with { Frames = Math.Min(Frames.Blend, tile.Output.Frames) };
        return new(tile.Output with { Frames = most }, video.Bytes + all.Bytes + Math.Max(edge.Bytes + tile.Peak, all.Bytes));
    }
}
