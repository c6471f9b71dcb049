using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A double-stream block: attention over video and prompt together, each with projections of its own, then a feed-forward for each.
/// Source: diffusers <c>models/transformers/transformer_hunyuan_video.py</c> (HunyuanVideoTransformerBlock and, where the first frame is
/// given, HunyuanVideoTokenReplaceTransformerBlock).
/// </summary>
[SpatialAttention(nameof(attn))]
[FeedForward(nameof(ff))]
[FeedForward(nameof(ff_context))]
[BlockOutput]
public sealed partial class HunyuanVideoTransformerBlock
    : Module<Tensor, Tensor, HunyuanVideoConditioning, RotaryEmbedding, Tensor?, (Tensor, Tensor)>
{
    private readonly AdaLayerNormZero norm1;
    private readonly AdaLayerNormZero norm1_context;
    private readonly JointAttention attn;
    private readonly LayerNormalization norm2;
    private readonly LayerNormalization norm2_context;
    private readonly FeedForward ff;
    private readonly FeedForward ff_context;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public HunyuanVideoTransformerBlock(HunyuanVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(HunyuanVideoTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var (dim, inner) = (config.InnerDim, config.MlpDim);
        norm1 = new AdaLayerNormZero(dim, device, dtype);
        norm1_context = new AdaLayerNormZero(dim, device, dtype);
        attn = new JointAttention(
            dim, config.NumAttentionHeads, config.AttentionHeadDim, config.QueryKeyNorm, addedKvProjDim: dim, bias: true, device: device, dtype: dtype);
        norm2 = new LayerNormalization(dim, 1e-6, false, device, dtype);
        norm2_context = new LayerNormalization(dim, 1e-6, false, device, dtype);
        ff = new FeedForward(dim, activation: "gelu-approximate", innerDim: inner, device: device, dtype: dtype);
        ff_context = new FeedForward(dim, activation: "gelu-approximate", innerDim: inner, device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="conditioning">What modulates it.</param>
    /// <param name="rotary">Positions of the video tokens.</param>
    /// <param name="mask">
    /// Which tokens to look at, prompt first, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/> for all.
    /// </param>
    /// <returns>The video tokens and the prompt tokens after this block.</returns>
    public override partial (Tensor, Tensor) forward(
        Tensor hidden, Tensor encoder, HunyuanVideoConditioning conditioning, RotaryEmbedding rotary, Tensor? mask);

    /// <summary>What the attention to the video gets of it.</summary>
    internal Tensor ModulatedInput(Tensor hidden, HunyuanVideoConditioning conditioning) =>
        HunyuanVideoModulation.Pair(norm1, conditioning).Attention.Normalize(norm1, hidden);

    [CachedForward]
    private (Tensor, Tensor) Compute(
        Tensor hidden, Tensor encoder, HunyuanVideoConditioning conditioning, RotaryEmbedding rotary, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = HunyuanVideoModulation.Pair(norm1, conditioning);
        var (attnContextModulation, ffContextModulation) = norm1_context.Modulation(conditioning.Temb);
        var attnInput = attnModulation.Normalize(norm1, hidden);
        var attnContextInput = norm1_context.Normalize(encoder, attnContextModulation);
        var (attended, attendedContext) = attn.forward(attnInput, attnContextInput, rotary, mask);
        attnInput.Dispose();
        attnContextInput.Dispose();
        hidden = attnModulation.GatedSum(hidden, attended);
        encoder = Fused.GatedSum(encoder, attnContextModulation.Gate, attendedContext);

        var ffInput = ffModulation.Normalize(norm2, hidden);
        var ffOutput = ff.forward(ffInput);
        ffInput.Dispose();
        hidden = ffModulation.GatedSum(hidden, ffOutput);

        var ffContextInput = norm2_context.Modulate(encoder, ffContextModulation);
        var ffContextOutput = ff_context.forward(ffContextInput);
        encoder = Fused.GatedSum(encoder, ffContextModulation.Gate, ffContextOutput);

        return (hidden.MoveToOuterDisposeScope(), encoder.MoveToOuterDisposeScope());
    }
}
