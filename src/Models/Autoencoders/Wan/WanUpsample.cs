using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Doubles height and width, and the frames where time was compressed. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>,
/// <c>WanResample</c>, modes <c>upsample2d</c> and <c>upsample3d</c>.
/// </summary>
internal sealed class WanUpsample : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly Upsample2D resample;
    private readonly Convolution? time_conv;

    public WanUpsample(long inputs, long outputs, bool doublesFrames, Device? device, ScalarType? dtype)
        : base(nameof(WanUpsample))
    {
        resample = new Upsample2D(inputs, outputs, device, dtype, name: "1");
        time_conv = doublesFrames ? new Convolution(inputs, 2 * inputs, [3, 1, 1], [1, 1, 1], [0, 0, 0], device, dtype) : null;
        RegisterComponents();
    }

    /// <summary>
    /// [batch, inputs, frames, height, width] to [batch, outputs, …] of double the size; the first frame of a video stays one. The caller owns
    /// the result.
    /// </summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        using var scope = NewDisposeScope();
        return Framewise.Apply(WithFramesDoubled(input, cache), resample.call).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var video = Footprint.Of(input);
        if (time_conv is not null)
            video = input.Begins ? video.Keeping(WanCausalConvolution.FramesKept(input)) : video.Then(time_conv.MeasureCausally).Then(input.Times(2, 1));
        return video.Then(Framewise.Measure(resample.Measure));
    }

    private Tensor WithFramesDoubled(Tensor input, ConvolutionCache cache)
    {
        if (time_conv is null)
            return input;
        if (cache.Of(time_conv) is not null)
            return time_conv.Causally(input, cache).Then(Framewise.Doubled);
        // The convolution never sees the first frame.
        time_conv.BeginAfterNothing(input, cache);
        return input;
    }
}
