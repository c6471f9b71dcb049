using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Videos whose frames go through a causal network in batches, with what its convolutions saw kept in between.</summary>
internal static class FrameBatches
{
    /// <summary>Applies a network to a video batch by batch, and joins what it gives along time. The caller owns the result.</summary>
    /// <param name="video">[batch, channels, frames, height, width]</param>
    /// <param name="first">The frames of the first batch.</param>
    /// <param name="size">The frames of each after it; all are whole.</param>
    /// <param name="cancellationToken">Looked at before each batch.</param>
    /// <param name="network">Its result is taken over.</param>
    public static Tensor Apply(
        Tensor video, long first, long size, CancellationToken cancellationToken, Func<Tensor, ConvolutionCache, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        using (var cache = new ConvolutionCache())
        {
            for (long start = 0, count = first; start < video.size(2); start += count, count = size)
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var batch = video.narrow(2, start, count);
                parts.Add(network(batch, cache));
            }
        }
        return cat(parts, 2).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Apply"/> holds: what the network makes and keeps beside the batches before, and at the end all batches twice.</summary>
    public static Footprint Measure(Extent video, double first, double size, Func<Extent, Footprint> network)
    {
        var begin = network(video with { Frames = first });
        var (output, most) = (begin.Output, begin.Peak + begin.Kept);
        var batches = (video.Frames - first) / size;
        if (batches > 0)
        {
            var next = network(video with { Frames = size, Begins = false });
            var before = output with { Frames = output.Frames + (batches - 1) * next.Output.Frames };
            output = output with { Frames = output.Frames + batches * next.Output.Frames };
            most = Math.Max(most, before.Bytes + next.Peak + next.Kept);
        }
        return new(output, video.Bytes + Math.Max(most, 2 * output.Bytes));
    }
}
