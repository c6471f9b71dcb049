using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Doubles height and width. Source: diffusers <c>models/upsampling.py</c>, <c>Upsample2D</c> with a convolution.</summary>
internal sealed class Upsample2D : Module<Tensor, Tensor>, IMeasured
{
    // Not held as a module, which would go by the name of this field as well.
    private readonly Func<Tensor, Tensor> _convolve;
    private readonly Func<Extent, Footprint> _measure;

    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <param name="name">The convolution's name in the state dict.</param>
    public Upsample2D(long inputs, long outputs, Device? device, ScalarType? dtype, string name = "conv")
        : base(nameof(Upsample2D))
    {
        var convolution = new Convolution(inputs, outputs, [3, 3], stride: 1, padding: 1, device, dtype);
        register_module(name, convolution);
        (_convolve, _measure) = (convolution.call, convolution.Measure);
    }

    /// <summary>[batch, inputs, height, width] to [batch, outputs, 2 × height, 2 × width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input) =>
        functional.interpolate(input, [2 * input.size(2), 2 * input.size(3)]).Then(_convolve);

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input).Then(input.Times(1, 2)).Then(_measure);
}
