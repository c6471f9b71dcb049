using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A causal convolution that makes a video smaller, or one after it was made larger (<c>conv</c>). Sources: diffusers
/// <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>, <c>HunyuanVideoDownsampleCausal3D</c>, <c>HunyuanVideoUpsampleCausal3D</c>.
/// </summary>
internal sealed class HunyuanVideoSampling : Module<Tensor, Tensor>, IMeasured
{
    private readonly CausalConvolution conv;
    private readonly (int Frames, int Rows, int Columns) _factors;

    private HunyuanVideoSampling(CausalConvolution convolution, (int Frames, int Rows, int Columns) factors)
        : base(nameof(HunyuanVideoSampling))
    {
        (conv, _factors) = (convolution, factors);
        RegisterComponents();
    }

    /// <summary>A layer that divides sizes, rounding up.</summary>
    public static HunyuanVideoSampling Down(long channels, (int Frames, int Rows, int Columns) stride, Device? device, ScalarType? dtype) =>
        new(new CausalConvolution(channels, channels, stride, device, dtype), (1, 1, 1));

    /// <summary>A layer that multiplies sizes; the first frame stays one.</summary>
    public static HunyuanVideoSampling Up(long channels, (int Frames, int Rows, int Columns) factors, Device? device, ScalarType? dtype) =>
        new(new CausalConvolution(channels, channels, device, dtype), factors);

    /// <summary>[batch, channels, frames, height, width] to the same of another size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input) => _factors == (1, 1, 1) ? conv.call(input) : Enlarged(input).Then(conv.call);

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        if (_factors == (1, 1, 1))
            return conv.Measure(input);
        var enlarged = input with { Frames = 1 + (input.Frames - 1) * _factors.Frames, Height = input.Height * _factors.Rows, Width = input.Width * _factors.Columns };
        // Both parts of the input are copied, and what is made of them is joined.
        return Footprint.Of(input).Then(each => new(enlarged, 2 * each.Bytes + 2 * enlarged.Bytes)).Then(conv.Measure);
    }

    private Tensor Enlarged(Tensor input)
    {
        using var scope = NewDisposeScope();
        var others = input.size(2) - 1;
        Tensor Nearest(long start, long frames, long factor) => functional.interpolate(
            input.narrow(2, start, frames).contiguous(), [frames * factor, input.size(3) * _factors.Rows, input.size(4) * _factors.Columns]);
        var first = Nearest(0, 1, 1);
        return (others == 0 ? first : cat([first, Nearest(1, others, _factors.Frames)], 2)).MoveToOuterDisposeScope();
    }
}
