using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two causal convolutions and a residual. Source: diffusers <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>, <c>HunyuanVideoResnetBlockCausal3D</c>.
/// </summary>
internal sealed class HunyuanVideoResnetBlockCausal3D : Module<Tensor, Tensor>, IMeasured
{
    internal const double Epsilon = 1e-6;

    private readonly GroupNormalization norm1;
    private readonly CausalConvolution conv1;
    private readonly GroupNormalization norm2;
    private readonly CausalConvolution conv2;
    private readonly CausalConvolution? conv_shortcut;
    private readonly Func<Tensor, Tensor> _activation;

    public HunyuanVideoResnetBlockCausal3D(long inputs, long outputs, AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(HunyuanVideoResnetBlockCausal3D))
    {
        _activation = Activations.Get(config.ActFn);
        norm1 = new GroupNormalization(config.NormNumGroups, inputs, Epsilon, device, dtype);
        conv1 = new CausalConvolution(inputs, outputs, device, dtype);
        norm2 = new GroupNormalization(config.NormNumGroups, outputs, Epsilon, device, dtype);
        conv2 = new CausalConvolution(outputs, outputs, device, dtype);
        conv_shortcut = inputs == outputs ? null : new CausalConvolution(inputs, outputs, device, dtype, kernel: 1);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, frames, height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var hidden = norm1.call(input).Then(_activation).Then(conv1.call).Then(norm2.call).Then(_activation).Then(conv2.call);
        using var shortcut = conv_shortcut?.call(input);
        return hidden.Plus(shortcut ?? input);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .ThenEach(2).Then(conv1.Measure)
        .ThenEach(2).Then(conv2.Measure)
        .ThenPlus(conv_shortcut?.Measure(input));
}
