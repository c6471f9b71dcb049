using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block: attention over the video, attention to the prompt, feed-forward. The first and the last are modulated by the timestep, to
/// which every block adds a table of its own. Source: diffusers <c>models/transformers/transformer_allegro.py</c>
/// (AllegroTransformerBlock).
/// </summary>
[SpatialAttention(nameof(attn1))]
[CrossAttention(nameof(attn2))]
[FeedForward(nameof(ff))]
[BlockOutput]
public sealed partial class AllegroTransformerBlock : Module<Tensor, Tensor, Tensor, RotaryEmbedding?, Tensor?, Tensor?, Tensor>
{
    private readonly LayerNormalization norm1;
    private readonly Attention attn1;
    private readonly LayerNormalization norm2;
    private readonly CrossAttention attn2;
    private readonly FeedForward ff;
    private readonly Parameter scale_shift_table; // [6, D]

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AllegroTransformerBlock(AllegroTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(AllegroTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var (dim, heads, headDim) = (config.InnerDim, config.NumAttentionHeads, config.AttentionHeadDim);
        norm1 = Norm();
        attn1 = new Attention(dim, heads, headDim, bias: config.AttentionBias, dropout: config.Dropout, device: device, dtype: dtype);
        norm2 = Norm();
        attn2 = new CrossAttention(
            dim, heads, headDim, config.CrossAttentionDim, bias: config.AttentionBias, dropout: config.Dropout, device: device, dtype: dtype);
        ff = new FeedForward(dim, dropout: config.Dropout, activation: config.ActivationFn, device: device, dtype: dtype);
        scale_shift_table = ModulationTable.New([6, dim], device, dtype);
        // Never called, but where norms have weights a checkpoint has those of this one, too.
        register_module("norm3", Norm());
        RegisterComponents();

        LayerNormalization Norm() => new(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="modulation">The timestep's projection, [batch, 6, dim].</param>
    /// <param name="rotary">Positions of the video tokens, or <see langword="null"/> for none.</param>
    /// <param name="mask">Which video tokens to look at, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/> for all.</param>
    /// <param name="encoderMask">Which prompt tokens to look at, likewise.</param>
    /// <returns>The video tokens after this block.</returns>
    public override partial Tensor forward(
        Tensor hidden, Tensor encoder, Tensor modulation, RotaryEmbedding? rotary, Tensor? mask, Tensor? encoderMask);

    /// <summary>What the attention over the video gets of it.</summary>
    internal Tensor ModulatedInput(Tensor hidden, Tensor modulation) =>
        norm1.Modulate(hidden, BranchModulation.Pair(scale_shift_table.Plus(modulation)).Attention);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor encoder, Tensor modulation, RotaryEmbedding? rotary, Tensor? mask, Tensor? encoderMask)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = BranchModulation.Pair(scale_shift_table.Plus(modulation));
        var attnInput = norm1.Modulate(hidden, attnModulation);
        var attended = attn1.forward(attnInput, rotary, mask);
        attnInput.Dispose();
        hidden = Fused.GatedSum(hidden, attnModulation.Gate, attended);

        // No norm here: the second is the feed-forward's.
        var crossed = attn2.forward(hidden, encoder, encoderMask);
        hidden = hidden.Plus(crossed);

        var ffInput = norm2.Modulate(hidden, ffModulation);
        var ffOutput = ff.forward(ffInput);
        ffInput.Dispose();
        hidden = Fused.GatedSum(hidden, ffModulation.Gate, ffOutput);

        return hidden.MoveToOuterDisposeScope();
    }
}
