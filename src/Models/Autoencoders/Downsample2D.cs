using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Halves height and width. Source: diffusers <c>models/downsampling.py</c>, <c>Downsample2D</c> with a convolution and without padding.</summary>
internal sealed class Downsample2D : Module<Tensor, Tensor>, IMeasured
{
    // Not held as a module, which would go by the name of this field as well.
    private readonly Func<Tensor, Tensor> _convolve;
    private readonly Func<Extent, Footprint> _measure;

    /// <param name="channels">Of the input and of the output.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    /// <param name="name">The convolution's name in the state dict.</param>
    public Downsample2D(long channels, Device? device, ScalarType? dtype, string name = "conv")
        : base(nameof(Downsample2D))
    {
        var convolution = new Convolution(channels, channels, [3, 3], stride: 2, padding: 0, device, dtype);
        register_module(name, convolution);
        (_convolve, _measure) = (convolution.call, convolution.Measure);
    }

    /// <summary>[batch, channels, height, width] to the same of half the size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input) => functional.pad(input, (0, 1, 0, 1)).Then(_convolve);

    /// <inheritdoc/>
    public Footprint Measure(Extent input) =>
        Footprint.Of(input).Then(input with { Height = input.Height + 1, Width = input.Width + 1 }).Then(_measure);
}
