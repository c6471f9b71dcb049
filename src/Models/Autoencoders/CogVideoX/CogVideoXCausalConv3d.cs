using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A 3-D convolution that sees no frame of the future: the frames before the first one are those kept from the batch before, or
/// the first one again. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXCausalConv3d</c>.
/// </summary>
internal sealed class CogVideoXCausalConv3d : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private const int Kernel = 3;

    private readonly Convolution conv;

    public CogVideoXCausalConv3d(long inputs, long outputs, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXCausalConv3d))
    {
        conv = new Convolution(inputs, outputs, [Kernel, Kernel, Kernel], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, frames, height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        using var scope = NewDisposeScope();
        var first = input.narrow(2, 0, 1);
        Tensor[] frames = cache.Of(this) is { } kept ? [kept, input] : [first, first, input];
        var extended = cat(frames, 2);
        cache.Keep(this, extended.narrow(2, extended.size(2) - (Kernel - 1), Kernel - 1));
        return conv.InParts(extended).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(input with { Frames = input.Frames + (Kernel - 1) })
        .Then(conv.MeasureInParts)
        .Keeping(input with { Frames = Kernel - 1 });
}
