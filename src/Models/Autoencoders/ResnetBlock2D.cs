using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Two convolutions and a residual, on pictures. Source: diffusers <c>models/resnet.py</c>, <c>ResnetBlock2D</c> without a timestep.</summary>
internal sealed class ResnetBlock2D : Module<Tensor, Tensor>, IMeasured
{
    private const double Eps = 1e-6;

    private readonly GroupNormalization norm1;
    private readonly Convolution conv1;
    private readonly GroupNormalization norm2;
    private readonly Convolution conv2;
    private readonly Convolution? conv_shortcut;
    private readonly Func<Tensor, Tensor> _activation;

    public ResnetBlock2D(long inputs, long outputs, long groups, string activation, Device? device, ScalarType? dtype)
        : base(nameof(ResnetBlock2D))
    {
        _activation = Activations.Get(activation);
        norm1 = new GroupNormalization(groups, inputs, Eps, device, dtype);
        conv1 = new Convolution(inputs, outputs, [3, 3], stride: 1, padding: 1, device, dtype);
        norm2 = new GroupNormalization(groups, outputs, Eps, device, dtype);
        conv2 = new Convolution(outputs, outputs, [3, 3], stride: 1, padding: 1, device, dtype);
        conv_shortcut = inputs == outputs ? null : new Convolution(inputs, outputs, [1, 1], stride: 1, padding: 0, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, height, width] to [batch, outputs, height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var hidden = norm1.call(input)
            .Then(_activation)
            .Then(conv1.call)
            .Then(norm2.call)
            .Then(_activation)
            .Then(conv2.call);
        using var shortcut = conv_shortcut?.call(input);
        return hidden.Plus(shortcut ?? input);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .ThenEach(2).Then(conv1.Measure)
        .ThenEach(2).Then(conv2.Measure)
        .ThenPlus(conv_shortcut?.Measure(input));
}
