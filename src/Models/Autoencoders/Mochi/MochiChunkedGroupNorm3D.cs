using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A group norm of every frame by itself (<c>norm_layer</c>). Source: diffusers <c>models/autoencoders/autoencoder_kl_mochi.py</c>, <c>MochiChunkedGroupNorm3D</c>.
/// </summary>
internal sealed class MochiChunkedGroupNorm3D : Module<Tensor, Tensor>, IMeasured
{
    private const double Epsilon = 1e-5;
    private const long FramesAtOnce = 8;

    private readonly GroupNormalization norm_layer;

    public MochiChunkedGroupNorm3D(long channels, Device? device, ScalarType? dtype)
        : base(nameof(MochiChunkedGroupNorm3D))
    {
        norm_layer = new GroupNormalization(AutoencoderKLMochiConfig.NormNumGroups, channels, Epsilon, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width], normalised. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var parts = input.split(FramesAtOnce, 2).Select(frames => Framewise.Apply(frames, norm_layer.call));
        return cat([.. parts], 2).MoveToOuterDisposeScope();
    }

    /// <summary>With the norms of all parts, which are joined.</summary>
    public Footprint Measure(Extent input) => new(input, 3 * input.Bytes);
}
