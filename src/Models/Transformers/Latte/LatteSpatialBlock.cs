using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block over the positions of each frame: self-attention, attention to the prompt, feed-forward. Frames are folded into the
/// batch. Source: diffusers <c>models/attention.py</c> (BasicTransformerBlock with norm_type = "ada_norm_single").
/// </summary>
[SpatialAttention(nameof(attn1))]
[CrossAttention(nameof(attn2))]
[FeedForward(nameof(ff))]
[BlockOutput]
public sealed partial class LatteSpatialBlock : Module<Tensor, Tensor, Tensor?, Tensor, Tensor>
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
    public LatteSpatialBlock(LatteTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(LatteSpatialBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new LayerNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        attn1 = LatteLayers.Attention(config, device, dtype);
        norm2 = new LayerNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        attn2 = new CrossAttention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            config.CrossAttentionDim,
            bias: config.AttentionBias,
            dropout: config.Dropout,
            device: device,
            dtype: dtype);
        ff = new FeedForward(dim, dropout: config.Dropout, activation: config.ActivationFn, device: device, dtype: dtype);
        scale_shift_table = ModulationTable.New([6, dim], device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The tokens of each frame, [batch × frames, positions, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch × frames, text, dim].</param>
    /// <param name="mask">
    /// Which prompt tokens to look at, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/>.
    /// </param>
    /// <param name="modulation">The timestep's projection, [batch × frames, 6, dim].</param>
    /// <returns>The tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, Tensor encoder, Tensor? mask, Tensor modulation);

    /// <summary>What the attention within frames gets of it.</summary>
    internal Tensor ModulatedInput(Tensor hidden, Tensor modulation) =>
        norm1.Modulate(hidden, BranchModulation.Pair(scale_shift_table.Plus(modulation)).Attention);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor encoder, Tensor? mask, Tensor modulation)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = BranchModulation.Pair(scale_shift_table.Plus(modulation));
        var attnInput = norm1.Modulate(hidden, attnModulation);
        var attended = attn1.forward(attnInput, null);
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
