using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block: attention over the video, attention to the prompt, feed-forward. The first and the last are modulated by the
/// timestep, to which every block adds a table of its own. Source: diffusers <c>models/transformers/transformer_ltx.py</c>
/// (LTXVideoTransformerBlock).
/// </summary>
/// <remarks>
/// diffusers' caches do not know this attention to the prompt as such, and give it the spatial setting; so it is annotated here.
/// </remarks>
[SpatialAttention(nameof(attn1))]
[SpatialAttention(nameof(attn2))]
[FeedForward(nameof(ff))]
[BlockOutput]
public sealed partial class LTXVideoTransformerBlock : Module<Tensor, Tensor, Tensor, RotaryEmbedding, Tensor?, Tensor>
{
    private readonly RmsNormalization norm1;
    private readonly Attention attn1;
    private readonly RmsNormalization norm2;
    private readonly CrossAttention attn2;
    private readonly FeedForward ff;
    private readonly Parameter scale_shift_table; // [6, D]

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public LTXVideoTransformerBlock(LTXVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(LTXVideoTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new RmsNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        attn1 = new Attention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            QueryKeyNorm.RmsNormAcrossHeads,
            bias: config.AttentionBias,
            outBias: config.AttentionOutBias,
            device: device,
            dtype: dtype);
        norm2 = new RmsNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        attn2 = new CrossAttention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            config.CrossAttentionDim,
            QueryKeyNorm.RmsNormAcrossHeads,
            bias: config.AttentionBias,
            outBias: config.AttentionOutBias,
            device: device,
            dtype: dtype);
        ff = new FeedForward(dim, activation: config.ActivationFn, device: device, dtype: dtype);
        scale_shift_table = ModulationTable.New([6, dim], device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="modulation">The timestep's projection, [batch, 1 or video, 6, dim].</param>
    /// <param name="rotary">Positions of the video tokens, for all heads.</param>
    /// <param name="mask">
    /// Which prompt tokens to look at, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/>.
    /// </param>
    /// <returns>The video tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, Tensor encoder, Tensor modulation, RotaryEmbedding rotary, Tensor? mask);

    /// <summary>What the attention over the video gets of it.</summary>
    internal Tensor ModulatedInput(Tensor hidden, Tensor modulation) =>
        norm1.Modulate(hidden, BranchModulation.Pair(scale_shift_table.Plus(modulation)).Attention);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor encoder, Tensor modulation, RotaryEmbedding rotary, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = BranchModulation.Pair(scale_shift_table.Plus(modulation));
        var attnInput = norm1.Modulate(hidden, attnModulation);
        var attended = attn1.forward(attnInput, rotary);
        attnInput.Dispose();
        hidden = Fused.GatedSum(hidden, attnModulation.Gate, attended);

        // No norm here, as in PixArt.
        var crossed = attn2.forward(hidden, encoder, mask);
        hidden = hidden.Plus(crossed);

        var ffInput = norm2.Modulate(hidden, ffModulation);
        var ffOutput = ff.forward(ffInput);
        hidden = Fused.GatedSum(hidden, ffModulation.Gate, ffOutput);

        return hidden.MoveToOuterDisposeScope();
    }
}
