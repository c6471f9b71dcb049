using Afterimage;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AnnotateYourModel;

/// <summary>Works within each frame: attention between its positions, attention to the prompt, a feed-forward.</summary>
[SpatialAttention(nameof(attn1))]
[CrossAttention(nameof(attn2))]
internal sealed partial class FrameBlock : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly AdaptiveNorm norm1;
    private readonly Attention attn1;
    private readonly LayerNorm norm2;
    private readonly Attention attn2;
    private readonly AdaptiveNorm norm3;
    private readonly Sequential ff;

    public FrameBlock(long width, long heads)
        : base(nameof(FrameBlock))
    {
        norm1 = new AdaptiveNorm(width);
        attn1 = new Attention(width, heads);
        norm2 = LayerNorm(width);
        attn2 = new Attention(width, heads);
        norm3 = new AdaptiveNorm(width);
        ff = Sequential(Linear(width, 4 * width), GELU(), Linear(4 * width, width));
        RegisterComponents();
    }

    /// <param name="hidden">The positions of each frame, [B·F, P, D].</param>
    /// <param name="prompt">[B·F, T, D]</param>
    /// <param name="time">[B·F, D]</param>
    public override partial Tensor forward(Tensor hidden, Tensor prompt, Tensor time);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor prompt, Tensor time)
    {
        using var scope = NewDisposeScope();
        var (shift, scale, gate) = norm1.Modulation(time);
        var normed = norm1.Normalize(hidden, shift, scale);
        var attended = attn1.forward(normed, normed);
        hidden = hidden.Plus(gate * attended);

        var query = norm2.call(hidden);
        var crossed = attn2.forward(query, prompt);
        hidden = hidden.Plus(crossed);

        var (ffShift, ffScale, ffGate) = norm3.Modulation(time);
        var ffInput = norm3.Normalize(hidden, ffShift, ffScale);
        var ffOutput = ff.forward(ffInput);
        hidden = hidden.Plus(ffGate * ffOutput);
        return hidden.MoveToOuterDisposeScope();
    }
}
