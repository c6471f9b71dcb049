using static TorchSharp.torch;

namespace Afterimage.Models;

public abstract partial class Autoencoder
{
    /// <summary>
    /// What <see cref="Encode"/> takes at most, as slicing and tiling are set now: the bytes of the sample, of all tensors that are there at once, and of the
    /// copies that convolutions on the CPU make (oneDNN's), but not the weights. By arithmetic, also on the META device.
    /// </summary>
    /// <param name="sample">The shape of a sample, as in <see cref="Encode"/>.</param>
    /// <returns>Bytes; <see cref="long.MaxValue"/> where there are more than can be counted.</returns>
    /// <exception cref="ArgumentException">The shape has another rank, number of channels or size, or tiles cannot be used.</exception>
    /// <exception cref="NotSupportedException">The class cannot encode.</exception>
    public long EncodeBytes(params ReadOnlySpan<long> sample)
    {
        Check(sample, nameof(sample), SampleChannels, "channels");
        CheckSample(sample);
        return Bytes(sample, MeasurePosterior);
    }

    /// <summary>
    /// What <see cref="Decode"/> takes at most, as slicing and tiling are set now: the bytes of the latents, of all tensors that are there at once, and of the
    /// copies that convolutions on the CPU make (oneDNN's), but not the weights. By arithmetic, also on the META device.
    /// </summary>
    /// <param name="latents">The shape of latents, as in <see cref="Decode"/>.</param>
    /// <returns>Bytes; <see cref="long.MaxValue"/> where there are more than can be counted.</returns>
    /// <exception cref="ArgumentException">The shape has another rank or number of channels, or tiles cannot be used.</exception>
    public long DecodeBytes(params ReadOnlySpan<long> latents)
    {
        Check(latents, nameof(latents), LatentChannels, "latent channels");
        return Bytes(latents, MeasureDecode);
    }

    /// <summary>What <see cref="EncodeOne"/> holds.</summary>
    private protected abstract Footprint MeasureEncode(Extent sample);

    /// <summary>What <see cref="DecodeOne"/> holds.</summary>
    private protected abstract Footprint MeasureDecode(Extent latents);

    /// <summary>In tiles where there are any and a video or picture does not fit into one.</summary>
    private protected static Footprint Measure(Extent video, TileGrid? tiles, Func<Extent, Footprint> network) =>
        tiles?.IsExceededBy(video.Height, video.Width) == true ? tiles.Measure(video, network) : network(video);

    /// <summary>With the logarithms of variances, their halves, and deviations.</summary>
    private Footprint MeasurePosterior(Extent sample)
    {
        var moments = MeasureEncode(sample);
        return moments with { Peak = moments.Peak + 2 * moments.Output.Bytes };
    }

    private long Bytes(ReadOnlySpan<long> shape, Func<Extent, Footprint> measure)
    {
        var number = ModelSize.BytesOf(parameters().First().dtype);
        var batch = new Extent(shape[0], shape[1], shape.Length == 5 ? shape[2] : 1, shape[^2], shape[^1], number);
        double bytes;
        if (!UseSlicing || batch.Batch == 1)
        {
            bytes = measure(batch).Peak;
        }
        else
        {
            var one = measure(batch with { Batch = 1 });
            var results = batch.Batch * one.Output.Bytes;
            bytes = batch.Bytes + results + Math.Max(one.Peak, results);
        }
        return bytes < long.MaxValue ? (long)bytes : long.MaxValue;
    }
}
