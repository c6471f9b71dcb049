using Afterimage;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AnnotateYourModel;

/// <summary>Works along time: attention between the frames of each position.</summary>
[TemporalAttention(nameof(attn))]
internal sealed partial class MotionBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly AdaptiveNorm norm;
    private readonly Attention attn;

    public MotionBlock(long width, long heads)
        : base(nameof(MotionBlock))
    {
        norm = new AdaptiveNorm(width);
        attn = new Attention(width, heads);
        RegisterComponents();
    }

    /// <param name="hidden">The frames of each position, [B·P, F, D].</param>
    /// <param name="time">[B·P, D]</param>
    public override partial Tensor forward(Tensor hidden, Tensor time);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor time)
    {
        using var scope = NewDisposeScope();
        var (shift, scale, gate) = norm.Modulation(time);
        var normed = norm.Normalize(hidden, shift, scale);
        var attended = attn.forward(normed, normed);
        return hidden.Plus(gate * attended).MoveToOuterDisposeScope();
    }
}
