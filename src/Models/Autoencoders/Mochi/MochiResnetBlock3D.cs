using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two causal convolutions and a residual. Source: diffusers <c>models/autoencoders/autoencoder_kl_mochi.py</c>, <c>MochiResnetBlock3D</c>.
/// </summary>
internal sealed class MochiResnetBlock3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly MochiChunkedGroupNorm3D norm1;
    private readonly CausalConvolution conv1;
    private readonly MochiChunkedGroupNorm3D norm2;
    private readonly CausalConvolution conv2;

    public MochiResnetBlock3D(long channels, Device? device, ScalarType? dtype)
        : base(nameof(MochiResnetBlock3D))
    {
        norm1 = new MochiChunkedGroupNorm3D(channels, device, dtype);
        conv1 = new CausalConvolution(channels, channels, device, dtype);
        norm2 = new MochiChunkedGroupNorm3D(channels, device, dtype);
        conv2 = new CausalConvolution(channels, channels, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width] to the same. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var hidden = norm1.call(input)
            .Then(each => functional.silu(each))
            .Then(conv1.call)
            .Then(norm2.call)
            .Then(each => functional.silu(each))
            .Then(conv2.call);
        return hidden.Plus(input);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(norm1.Measure).ThenEach(1).Then(conv1.Measure)
        .Then(norm2.Measure).ThenEach(1).Then(conv2.Measure)
        .ThenPlus();
}
