using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A group norm whose scale and shift are made from the latents at the same place (arXiv 2209.09002). Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXSpatialNorm3D</c>.
/// </summary>
internal sealed class CogVideoXSpatialNorm3D : Module<Tensor, Tensor, Tensor>, IMeasured
{
    private readonly GroupNormalization norm_layer;
    private readonly PointConvolution conv_y;
    private readonly PointConvolution conv_b;

    public CogVideoXSpatialNorm3D(long channels, long latentChannels, long groups, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXSpatialNorm3D))
    {
        norm_layer = new GroupNormalization(groups, channels, 1e-6, device, dtype);
        conv_y = new PointConvolution(latentChannels, channels, device, dtype);
        conv_b = new PointConvolution(latentChannels, channels, device, dtype);
        RegisterComponents();
    }

    /// <summary>The caller owns the result.</summary>
    /// <param name="hidden">[batch, channels, frames, height, width]</param>
    /// <param name="latents">[batch, latent channels, latent frames, latent height, latent width]</param>
    public override Tensor forward(Tensor hidden, Tensor latents)
    {
        // diffusers enlarges first and convolves then. A convolution of one point gives the same either way, and has 64 to 256
        // times less to do here.
        using var scale = conv_y.call(latents).Then(small => Enlarge(small, hidden.shape));
        using var shift = conv_b.call(latents).Then(small => Enlarge(small, hidden.shape));
        using var normalized = norm_layer.call(hidden);
        return shift.PlusProduct(normalized, scale);
    }

    /// <summary>With the input, its norm, what it is scaled and shifted by, and the result.</summary>
    public Footprint Measure(Extent input) => new(input, 5 * input.Bytes);

    /// <summary>Nearest neighbours; where the frames are odd in number, the first is apart.</summary>
    private static Tensor Enlarge(Tensor small, long[] shape)
    {
        var (frames, height, width) = (shape[2], shape[3], shape[4]);
        if (frames == 1 || frames % 2 == 0)
            return functional.interpolate(small, [frames, height, width]);
        using var scope = NewDisposeScope();
        var first = functional.interpolate(small.narrow(2, 0, 1), [1, height, width]);
        var rest = functional.interpolate(small.narrow(2, 1, small.size(2) - 1), [frames - 1, height, width]);
        return cat([first, rest], 2).MoveToOuterDisposeScope();
    }

    /// <summary>A convolution of one point, under the names of a causal one (<c>conv.weight</c>, <c>conv.bias</c>).</summary>
    private sealed class PointConvolution : Module<Tensor, Tensor>
    {
        private readonly Convolution conv;

        public PointConvolution(long inputs, long outputs, Device? device, ScalarType? dtype)
            : base(nameof(PointConvolution))
        {
            conv = new Convolution(inputs, outputs, [1, 1, 1], stride: 1, padding: 0, device, dtype);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => conv.call(input);
    }
}
