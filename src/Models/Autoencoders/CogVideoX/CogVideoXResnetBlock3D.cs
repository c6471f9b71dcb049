using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two causal convolutions and a residual. The decoder's normalises by the latents, the encoder's has none to normalise by. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXResnetBlock3D</c>.
/// </summary>
internal sealed class CogVideoXResnetBlock3D : Module<Tensor, Tensor?, ConvolutionCache, Tensor>, IMeasured
{
    private readonly Module norm1;
    private readonly Module norm2;
    private readonly CogVideoXCausalConv3d conv1;
    private readonly CogVideoXCausalConv3d conv2;
    private readonly Convolution? conv_shortcut;
    private readonly Func<Tensor, Tensor> _activation;

    public CogVideoXResnetBlock3D(
        long inputs, long outputs, bool isConditioned, AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXResnetBlock3D))
    {
        Module Norm(long channels) => isConditioned
            ? new CogVideoXSpatialNorm3D(channels, config.LatentChannels, config.NormNumGroups, device, dtype)
            : new GroupNormalization(config.NormNumGroups, channels, config.NormEps, device, dtype);
        _activation = Activations.Get(config.ActFn);
        norm1 = Norm(inputs);
        conv1 = new CogVideoXCausalConv3d(inputs, outputs, device, dtype);
        norm2 = Norm(outputs);
        conv2 = new CogVideoXCausalConv3d(outputs, outputs, device, dtype);
        conv_shortcut = inputs == outputs ? null : new Convolution(inputs, outputs, [1, 1, 1], stride: 1, padding: 0, device, dtype);
        RegisterComponents();
    }

    /// <summary>The caller owns the result.</summary>
    /// <param name="input">[batch, inputs, frames, height, width]</param>
    /// <param name="latents">What a conditioned block normalises by; <see langword="null"/> for the encoder's.</param>
    /// <param name="cache">The frames before.</param>
    public override Tensor forward(Tensor input, Tensor? latents, ConvolutionCache cache)
    {
        using var hidden = Normalize(norm1, input, latents)
            .Then(_activation)
            .Then(activated => conv1.call(activated, cache))
            .Then(convolved => Normalize(norm2, convolved, latents))
            .Then(_activation)
            .Then(activated => conv2.call(activated, cache));
        using var shortcut = conv_shortcut?.call(input);
        return hidden.Plus(shortcut ?? input);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(each => Measure(norm1, each)).ThenEach(1).Then(conv1.Measure)
        .Then(each => Measure(norm2, each)).ThenEach(1).Then(conv2.Measure)
        .ThenPlus(conv_shortcut?.Measure(input));

    private static Tensor Normalize(Module norm, Tensor hidden, Tensor? latents) => norm is CogVideoXSpatialNorm3D spatial
        ? spatial.call(hidden, latents!)
        : ((GroupNormalization)norm).call(hidden);

    private static Footprint Measure(Module norm, Extent hidden) => norm is CogVideoXSpatialNorm3D spatial ? spatial.Measure(hidden) : Footprint.Of(hidden, hidden);
}
