using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention among the points of each frame, of one head, with a residual. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanAttentionBlock</c>.
/// </summary>
internal sealed class WanAttentionBlock : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    /// <summary>
    /// Input, the same as pictures, queries, keys and values in two orders, what is made of them in two orders, its projection, and oneDNN's copy of either.
    /// </summary>
    private const int InputsAtOnce = 12;

    private readonly WanRmsNorm norm;
    private readonly Convolution to_qkv;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly Convolution proj;

    public WanAttentionBlock(long channels, Device? device, ScalarType? dtype)
        : base(nameof(WanAttentionBlock))
    {
        norm = new WanRmsNorm(channels, 2, device, dtype);
        to_qkv = new Convolution(channels, 3 * channels, [1, 1], stride: 1, padding: 0, device, dtype);
        proj = new Convolution(channels, channels, [1, 1], stride: 1, padding: 0, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width] to the same; nothing is kept of the frames. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        using var attended = Framewise.Apply(input, Attend);
        return attended.Plus(input);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => new(input, InputsAtOnce * input.Bytes);

    private Tensor Attend(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var points = norm.call(pictures).Then(to_qkv.call).flatten(2).unsqueeze(1).transpose(2, 3).contiguous(); // [B, 1, points, 3 × channels]
        var parts = points.chunk(3, -1);
        return sdpa.call(parts[0], parts[1], parts[2], null)
            .squeeze(1).transpose(1, 2).unflatten(2, [pictures.size(2), pictures.size(3)])
            .Then(proj.call)
            .MoveToOuterDisposeScope();
    }
}
