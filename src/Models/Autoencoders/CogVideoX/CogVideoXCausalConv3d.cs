using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A 3-D convolution that sees no frame of the future: the frames before the first one are those kept from the batch before, or
/// the first one again. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXCausalConv3d</c>
/// and <c>CogVideoXSafeConv3d</c>.
/// </summary>
internal sealed class CogVideoXCausalConv3d : Module<Tensor, ConvolutionCache, Tensor>
{
    /// <summary>Numbers of an input above which frames are taken in parts, as diffusers does (2 GiB in half precision).</summary>
    private const long LargestInput = 1L << 30;

    private const int Kernel = 3;

    private readonly Convolution conv;

    public CogVideoXCausalConv3d(long inputs, long outputs, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXCausalConv3d))
    {
        conv = new Convolution(inputs, outputs, [Kernel, Kernel, Kernel], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to [batch, outputs, frames, height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        using var scope = NewDisposeScope();
        var first = input.narrow(2, 0, 1);
        Tensor[] frames = cache.Of(this) is { } kept ? [kept, input] : [first, first, input];
        var extended = cat(frames, 2);
        cache.Keep(this, extended.narrow(2, extended.size(2) - (Kernel - 1), Kernel - 1));
        return InParts(extended).MoveToOuterDisposeScope();
    }

    private Tensor InParts(Tensor extended)
    {
        var frames = extended.size(2) - (Kernel - 1);
        var parts = Math.Min(frames, extended.numel() / LargestInput + 1);
        if (parts == 1)
            return conv.call(extended);
        var outputs = new List<Tensor>();
        for (long start = 0, count; start < frames; start += count)
        {
            count = Math.Min((frames + parts - 1) / parts, frames - start);
            outputs.Add(conv.call(extended.narrow(2, start, count + Kernel - 1)));
        }
        return cat(outputs, 2);
    }
}
