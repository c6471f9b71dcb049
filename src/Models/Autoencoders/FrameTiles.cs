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
    /// Applies a network tile by tile, fading each tile into the one before, which is all that is held of those. The caller owns the result, of at most
    /// <paramref name="most"/> frames.
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
            var kept = Frames.Kept + 1;
            if (before is not null)
            {
                tile = tile.Then(whole => whole.narrow(2, DropsLast ? 0 : 1, whole.size(2) - 1));
                TileAxis.Fade(before, tile, 2, Frames.Blend);
                before.Dispose();
                kept = Frames.Kept;
            }
            using var begin = tile.narrow(2, 0, Math.Min(kept, tile.size(2)));
            parts.Add(begin.contiguous());
            before = tile;
        }
        before?.Dispose();
        using var all = cat(parts, 2);
        return all.narrow(2, 0, Math.Min(most, all.size(2))).MoveToOuterDisposeScope();
    }
}
