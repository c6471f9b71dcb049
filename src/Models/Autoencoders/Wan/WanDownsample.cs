using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Halves height and width, and the frames where time is compressed. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>,
/// <c>WanResample</c>, modes <c>downsample2d</c> and <c>downsample3d</c>.
/// </summary>
internal sealed class WanDownsample : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly Downsample2D resample;
    private readonly Convolution? time_conv;

    public WanDownsample(long channels, bool halvesFrames, Device? device, ScalarType? dtype)
        : base(nameof(WanDownsample))
    {
        resample = new Downsample2D(channels, device, dtype, name: "1");
        time_conv = halvesFrames ? new Convolution(channels, channels, [3, 1, 1], [2, 1, 1], [0, 0, 0], device, dtype) : null;
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to the same of half the size; the first frame of a video stays one. The caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        using var scope = NewDisposeScope();
        var smaller = Framewise.Apply(input, resample.call);
        if (time_conv is null)
            return smaller.MoveToOuterDisposeScope();
        var extended = cache.Of(time_conv) is { } before ? cat([before, smaller], 2) : null;
        cache.Keep(time_conv, smaller.narrow(2, smaller.size(2) - 1, 1));
        return (extended is null ? smaller : time_conv.call(extended)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var smaller = Footprint.Of(input).Then(Framewise.Measure(resample.Measure));
        if (time_conv is null)
            return smaller;
        var kept = smaller.Output with { Frames = 1 };
        return (input.Begins ? smaller : smaller.Then(smaller.Output with { Frames = smaller.Output.Frames + 1 }).Then(time_conv.Measure)).Keeping(kept);
    }
}
