using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A double-stream block: attention over image and prompt together, each with projections of its own, then a feed-forward for
/// each. Source: diffusers <c>models/transformers/transformer_flux.py</c> (FluxTransformerBlock).
/// </summary>
[SpatialAttention(nameof(attn))]
[FeedForward(nameof(ff))]
[FeedForward(nameof(ff_context))]
[BlockOutput]
public sealed partial class FluxTransformerBlock : Module<Tensor, Tensor, Tensor, RotaryEmbedding, (Tensor, Tensor)>
{
    private readonly AdaLayerNormZero norm1;
    private readonly AdaLayerNormZero norm1_context;
    private readonly JointAttention attn;
    private readonly LayerNormalization norm2;
    private readonly FeedForward ff;
    private readonly LayerNormalization norm2_context;
    private readonly FeedForward ff_context;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public FluxTransformerBlock(FluxTransformer2DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(FluxTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new AdaLayerNormZero(dim, device, dtype);
        norm1_context = new AdaLayerNormZero(dim, device, dtype);
        attn = new JointAttention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            QueryKeyNorm.RmsNorm,
            addedKvProjDim: dim,
            bias: true,
            device: device,
            dtype: dtype);
        norm2 = new LayerNormalization(dim, 1e-6, false, device, dtype);
        ff = new FeedForward(dim, activation: "gelu-approximate", device: device, dtype: dtype);
        norm2_context = new LayerNormalization(dim, 1e-6, false, device, dtype);
        ff_context = new FeedForward(dim, activation: "gelu-approximate", device: device, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The image tokens, [batch, image, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="temb">The embedding of timestep, guidance and pooled prompt, [batch, dim].</param>
    /// <param name="rotary">Positions of all tokens, prompt first.</param>
    /// <returns>The image tokens and the prompt tokens after this block.</returns>
    public override partial (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding rotary);

    /// <summary>What the attention to the image gets of it.</summary>
    internal Tensor ModulatedInput(Tensor hidden, Tensor temb) => norm1.Normalize(hidden, norm1.Modulation(temb).Attention);

    [CachedForward]
    private (Tensor, Tensor) Compute(Tensor hidden, Tensor encoder, Tensor temb, RotaryEmbedding rotary)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = norm1.Modulation(temb);
        var (attnContextModulation, ffContextModulation) = norm1_context.Modulation(temb);
        var attnInput = norm1.Normalize(hidden, attnModulation);
        var attnContextInput = norm1_context.Normalize(encoder, attnContextModulation);
        var (attended, attendedContext) = attn.forward(attnInput, attnContextInput, rotary);
        attnInput.Dispose();
        attnContextInput.Dispose();
        hidden = Fused.GatedSum(hidden, attnModulation.Gate, attended);
        encoder = Fused.GatedSum(encoder, attnContextModulation.Gate, attendedContext);

        var ffInput = norm2.Modulate(hidden, ffModulation);
        var ffOutput = ff.forward(ffInput);
        ffInput.Dispose();
        hidden = Fused.GatedSum(hidden, ffModulation.Gate, ffOutput);

        var ffContextInput = norm2_context.Modulate(encoder, ffContextModulation);
        var ffContextOutput = ff_context.forward(ffContextInput);
        encoder = Fused.WithinHalf(Fused.GatedSum(encoder, ffContextModulation.Gate, ffContextOutput));

        return (hidden.MoveToOuterDisposeScope(), encoder.MoveToOuterDisposeScope());
    }
}
