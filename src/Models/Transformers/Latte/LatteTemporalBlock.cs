using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block over the frames of each position: self-attention, feed-forward. Positions are folded into the batch. Source:
/// diffusers <c>models/attention.py</c> (BasicTransformerBlock with norm_type = "ada_norm_single", without cross attention).
/// </summary>
[TemporalAttention(nameof(attn1))]
[FeedForward(nameof(ff))]
[BlockOutput]
public sealed partial class LatteTemporalBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly LayerNormalization norm1;
    private readonly Attention attn1;
    private readonly LayerNormalization norm2;
    private readonly FeedForward ff;
    private readonly Parameter scale_shift_table; // [6, D]

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public LatteTemporalBlock(LatteTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(LatteTemporalBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new LayerNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        attn1 = LatteLayers.Attention(config, device, dtype);
        norm2 = new LayerNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        ff = new FeedForward(dim, dropout: config.Dropout, activation: config.ActivationFn, device: device, dtype: dtype);
        scale_shift_table = ModulationTable.New([6, dim], device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The tokens of each position, [batch × positions, frames, dim].</param>
    /// <param name="modulation">The timestep's projection, [batch × positions, 6, dim].</param>
    /// <returns>The tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, Tensor modulation);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor modulation)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = BranchModulation.Pair(scale_shift_table.Plus(modulation));
        var attnInput = norm1.Modulate(hidden, attnModulation);
        var attended = attn1.forward(attnInput, null);
        attnInput.Dispose();
        hidden = Fused.GatedSum(hidden, attnModulation.Gate, attended);

        var ffInput = norm2.Modulate(hidden, ffModulation);
        var ffOutput = ff.forward(ffInput);
        hidden = Fused.GatedSum(hidden, ffModulation.Gate, ffOutput);

        return hidden.MoveToOuterDisposeScope();
    }
}
