using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The gates of a refiner's block (<c>linear</c>). Source: diffusers <c>models/transformers/transformer_hunyuan_video.py</c>
/// (HunyuanVideoAdaNorm).
/// </summary>
internal sealed class HunyuanVideoAdaNorm : Module<Tensor, (Tensor Attention, Tensor FeedForward)>
{
    private readonly LinearLayer linear;

    public HunyuanVideoAdaNorm(long dim, Device? device, ScalarType? dtype)
        : base(nameof(HunyuanVideoAdaNorm))
    {
        linear = Dense.Linear(dim, 2 * dim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, dim] to the gates of attention and feed-forward, [batch, 1, dim] each.</summary>
    [NoSideEffects]
    public override (Tensor Attention, Tensor FeedForward) forward(Tensor temb)
    {
        using var scope = NewDisposeScope();
        var gates = linear.call(functional.silu(temb)).unsqueeze(1).chunk(2, dim: -1);
        return (gates[0].MoveToOuterDisposeScope(), gates[1].MoveToOuterDisposeScope());
    }
}
