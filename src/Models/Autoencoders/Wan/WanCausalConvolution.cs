using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Convolutions over three frames that see none of the future: before the first frame are those kept from the batch before, or zeros. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanCausalConv3d</c> and its callers.
/// </summary>
internal static class WanCausalConvolution
{
    private const int FramesBefore = 2;

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, frames, height, width]. The caller owns the result.</summary>
    public static Tensor Causally(this Convolution convolution, Tensor input, ConvolutionCache cache)
    {
        using var scope = NewDisposeScope();
        if (cache.Of(convolution) is null)
            convolution.BeginAfterNothing(input, cache);
        var extended = cat([cache.Of(convolution)!, input], 2);
        cache.Keep(convolution, extended.narrow(2, extended.size(2) - FramesBefore, FramesBefore));
        return convolution.call(extended).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Causally"/> holds.</summary>
    public static Footprint MeasureCausally(this Convolution convolution, Extent input) => Footprint.Of(input)
        .Then(input with { Frames = input.Frames + FramesBefore })
        .Then(convolution.Measure)
        .Keeping(FramesKept(input));

    /// <summary>What is kept of an input, or of zeros in its size.</summary>
    public static Extent FramesKept(Extent input) => input with { Frames = FramesBefore };

    /// <summary>Keeps zeros as what was before, in the size of an input.</summary>
    public static void BeginAfterNothing(this Convolution convolution, Tensor input, ConvolutionCache cache)
    {
        using var nothing = zeros([input.size(0), input.size(1), FramesBefore, input.size(3), input.size(4)], input.dtype, input.device);
        cache.Keep(convolution, nothing);
    }
}
