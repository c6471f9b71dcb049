using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Folds pixels that lie next to each other into channels, after a convolution and beside it, where means of channels make them as many. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_ltx.py</c>, <c>LTXVideoDownsampler3d</c>.
/// </summary>
internal sealed class LTXVideoDownsampler3d : Module<Tensor, Tensor>, IMeasured
{
    private readonly LTXVideoCausalConv3d conv;
    private readonly (long Frames, long Rows, long Columns) _stride;
    private readonly long _group;

    public LTXVideoDownsampler3d(
        long inputs, long outputs, (int Frames, int Rows, int Columns) stride, bool isCausal, Device? device, ScalarType? dtype)
        : base(nameof(LTXVideoDownsampler3d))
    {
        _stride = stride;
        long folded = stride.Frames * stride.Rows * stride.Columns;
        _group = inputs * folded / outputs;
        conv = new LTXVideoCausalConv3d(inputs, outputs / folded, isCausal, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, …], each size divided by the stride; the first frame stands alone. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var extended = cat([input.narrow(2, 0, _stride.Frames - 1), input], 2);
        var residual = PixelShuffle.IntoChannels(extended, _stride)
            .Then(folded => folded.unflatten(1, [-1, _group]))
            .Then(groups => groups.mean([2]));
        return extended
            .Then(conv.call)
            .Then(convolved => PixelShuffle.IntoChannels(convolved, _stride))
            .Then(folded => folded.Plus(residual))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var extended = input with { Frames = input.Frames + _stride.Frames - 1 };
        var folds = _stride.Frames * _stride.Rows * _stride.Columns;
        Extent Folded(Extent video) => video with
        {
            Channels = video.Channels * folds,
            Frames = video.Frames / _stride.Frames,
            Height = video.Height / _stride.Rows,
            Width = video.Width / _stride.Columns,
        };
        var residual = Footprint.Of(extended).Then(Folded(extended)).Then(Folded(extended) with { Channels = extended.Channels * folds / _group });
        var convolved = Footprint.Of(extended).Then(conv.Measure);
        var sum = convolved.Then(Folded(convolved.Output)).ThenPlus(residual);
        return sum with { Peak = input.Bytes + residual.Output.Bytes + sum.Peak };
    }
}
