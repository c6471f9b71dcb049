using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// A tiling over frames, height and width. Source: diffusers <c>models/autoencoders/autoencoder_kl_allegro.py</c>, <c>tiled_encode</c> and
/// <c>tiled_decode</c>.
/// </summary>
internal sealed record AllegroTiles(AllegroTileAxis Frames, AllegroTileAxis Rows, AllegroTileAxis Columns)
{
    private AllegroTileAxis[] Axes => [Frames, Rows, Columns];

    /// <summary>Applies a network tile by tile, and adds what it gives. The caller owns the result.</summary>
    /// <param name="video">[batch, channels, frames, height, width]</param>
    /// <param name="channels">Of what the network gives.</param>
    /// <param name="network">Its result is taken over.</param>
    /// <exception cref="ArgumentException">Tiles do not cover the video.</exception>
    public Tensor Apply(Tensor video, long channels, Func<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        long[] counts = [.. Axes.Select((axis, i) => (long)axis.CountIn(video.size(i + 2)))];
        var sum = zeros([video.size(0), channels, .. Axes.Select((axis, i) => (long)axis.OutExtent(counts[i]))], video.dtype, video.device);
        for (long frame = 0; frame < counts[0]; frame++)
        {
            for (long row = 0; row < counts[1]; row++)
            {
                for (long column = 0; column < counts[2]; column++)
                    AddTile(sum, video, [frame, row, column], counts, network);
            }
        }
        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Apply"/> holds: the sum beside a tile.</summary>
    public Footprint Measure(Extent video, Func<Extent, Footprint> network)
    {
        var tile = network(video with { Frames = Frames.Size, Height = Rows.Size, Width = Columns.Size });
        var sum = tile.Output with
        {
            Frames = Frames.OutExtent(Frames.CountIn(video.Frames)),
            Height = Rows.OutExtent(Rows.CountIn(video.Height)),
            Width = Columns.OutExtent(Columns.CountIn(video.Width)),
        };
        return new(sum, video.Bytes + sum.Bytes + tile.Peak);
    }

    private void AddTile(Tensor sum, Tensor video, long[] index, long[] counts, Func<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var (part, place) = (video, sum);
        for (var i = 0; i < Axes.Length; i++)
        {
            part = part.narrow(i + 2, index[i] * Axes[i].Stride, Axes[i].Size);
            place = place.narrow(i + 2, index[i] * Axes[i].OutStride, Axes[i].OutSize);
        }
        var tile = network(part);
        for (var i = 0; i < Axes.Length; i++)
            Axes[i].Weigh(tile, i + 2, index[i], counts[i]);
        place.Plus_(tile);
    }
}
