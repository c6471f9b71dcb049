using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A 3-D convolution that sees no frame of the future (<c>conv</c>): before the first frame that one stands again, and beyond the edges what is at the edge. Sources:
/// diffusers <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>, <c>HunyuanVideoCausalConv3d</c>, and <c>autoencoder_kl_cogvideox.py</c>,
/// <c>CogVideoXCausalConv3d</c> as Mochi uses it.
/// </summary>
internal sealed class CausalConvolution : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv;
    private readonly long _kernel;

    /// <summary>Builds a layer with a stride of 1.</summary>
    public CausalConvolution(long inputs, long outputs, Device? device, ScalarType? dtype, long kernel = 3)
        : this(inputs, outputs, (1, 1, 1), device, dtype, kernel)
    {
    }

    /// <summary>Builds a layer.</summary>
    public CausalConvolution(
        long inputs, long outputs, (long Frames, long Rows, long Columns) stride, Device? device, ScalarType? dtype, long kernel = 3)
        : base(nameof(CausalConvolution))
    {
        conv = new Convolution(inputs, outputs, [kernel, kernel, kernel], [stride.Frames, stride.Rows, stride.Columns], [0, 0, 0], device, dtype);
        _kernel = kernel;
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, …], each size divided by the stride, rounded up. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        if (_kernel == 1)
            return conv.InParts(input);
        var edge = _kernel / 2;
        return functional.pad(input, [edge, edge, edge, edge, _kernel - 1, 0], PaddingModes.Replicate).Then(conv.InParts);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        if (_kernel == 1)
            return conv.MeasureInParts(input);
        var around = _kernel - 1;
        return Footprint.Of(input)
            .Then(input with { Frames = input.Frames + around, Height = input.Height + around, Width = input.Width + around })
            .Then(conv.MeasureInParts);
    }
}
