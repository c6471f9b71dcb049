using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Doubles frames, height and width with channels of a convolution, to which the input's own may be added. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_ltx.py</c>, <c>LTXVideoUpsampler3d</c>.
/// </summary>
internal sealed class LTXVideoUpsampler3d : Module<Tensor, Tensor>, IMeasured
{
    private static readonly (long Frames, long Rows, long Columns) s_stride = (2, 2, 2);

    private readonly LTXVideoCausalConv3d conv;
    private readonly bool _isResidual;

    /// <summary>Builds a layer of which <paramref name="factor"/> times fewer channels come out.</summary>
    public LTXVideoUpsampler3d(long inputs, long factor, bool isResidual, bool isCausal, Device? device, ScalarType? dtype)
        : base(nameof(LTXVideoUpsampler3d))
    {
        conv = new LTXVideoCausalConv3d(inputs, inputs * 8 / factor, isCausal, device, dtype);
        _isResidual = isResidual;
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, inputs / factor, 2 · frames − 1, 2 · height, 2 · width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        var hidden = conv.call(input).Then(Enlarge);
        return _isResidual ? hidden.Then(enlarged => WithInput(enlarged, input)) : hidden;
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var hidden = Footprint.Of(input).Then(conv.Measure);
        var (frames, rows, columns) = s_stride;
        var enlarged = input.Times(frames, rows, columns) with { Channels = hidden.Output.Channels / (frames * rows * columns) };
        hidden = hidden.Then(enlarged);
        // What is left out of the frames is there until all is.
        return (_isResidual ? hidden.ThenPlus(Footprint.Of(input, input)) : hidden) with { Output = enlarged with { Frames = enlarged.Frames - 1 } };
    }

    /// <summary>The first frame stands alone, so that what is made of it twice counts once.</summary>
    private static Tensor Enlarge(Tensor channels) =>
        PixelShuffle.OutOfChannels(channels, s_stride).Then(enlarged => enlarged.narrow(2, 1, enlarged.size(2) - 1));

    /// <summary>Adds the enlarged input, whose channels are fewer and repeat.</summary>
    private static Tensor WithInput(Tensor hidden, Tensor input)
    {
        using var scope = NewDisposeScope();
        var residual = Enlarge(input);
        return hidden.unflatten(1, [-1, residual.size(1)]).Plus(residual.unsqueeze(1)).flatten(1, 2).MoveToOuterDisposeScope();
    }
}
