using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two causal convolutions and a residual. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanResidualBlock</c>.
/// </summary>
internal sealed class WanResidualBlock : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly WanRmsNorm norm1;
    private readonly Convolution conv1;
    private readonly WanRmsNorm norm2;
    private readonly Dropout dropout;
    private readonly Convolution conv2;
    private readonly Convolution? conv_shortcut;

    public WanResidualBlock(long inputs, long outputs, double dropoutShare, Device? device, ScalarType? dtype)
        : base(nameof(WanResidualBlock))
    {
        norm1 = new WanRmsNorm(inputs, 3, device, dtype);
        conv1 = new Convolution(inputs, outputs, [3, 3, 3], stride: 1, padding: 1, device, dtype);
        norm2 = new WanRmsNorm(outputs, 3, device, dtype);
        dropout = Dropout(dropoutShare);
        conv2 = new Convolution(outputs, outputs, [3, 3, 3], stride: 1, padding: 1, device, dtype);
        conv_shortcut = inputs == outputs ? null : new Convolution(inputs, outputs, [1, 1, 1], stride: 1, padding: 0, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, frames, height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        using var hidden = norm1.call(input)
            .Then(each => functional.silu(each))
            .Then(each => conv1.Causally(each, cache))
            .Then(norm2.call)
            .Then(each => functional.silu(each))
            .Then(dropout.call)
            .Then(each => conv2.Causally(each, cache));
        using var shortcut = conv_shortcut?.call(input);
        return hidden.Plus(shortcut ?? input);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(norm1.Measure).ThenEach(1).Then(conv1.MeasureCausally)
        .Then(norm2.Measure).ThenEach(1).Then(conv2.MeasureCausally)
        .ThenPlus(conv_shortcut?.Measure(input));
}
