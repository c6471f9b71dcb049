using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One block: attention over the video, attention to the prompt, feed-forward. The first and the last are modulated by the
/// timestep, to which every block adds a table of its own. Source: diffusers <c>models/transformers/transformer_wan.py</c>
/// (WanTransformerBlock).
/// </summary>
[SpatialAttention(nameof(attn1))]
[CrossAttention(nameof(attn2))]
[FeedForward(nameof(ffn))]
[BlockOutput]
public sealed partial class WanTransformerBlock : Module<Tensor, Tensor, Tensor, RotaryEmbedding, Tensor>
{
    private readonly LayerNormalization norm1;
    private readonly Attention attn1;
    private readonly CrossAttention attn2;
    private readonly Module<Tensor, Tensor> norm2;
    private readonly FeedForward ffn;
    private readonly LayerNormalization norm3;
    private readonly Parameter scale_shift_table; // [1, 6, D], at least float32

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public WanTransformerBlock(WanTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(WanTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm1 = new LayerNormalization(dim, config.Eps, false, device, dtype);
        attn1 = new Attention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            qkNorm: QueryKeyNorm.RmsNormAcrossHeads,
            eps: config.Eps,
            bias: true,
            device: device,
            dtype: dtype);
        attn2 = new CrossAttention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            qkNorm: QueryKeyNorm.RmsNormAcrossHeads,
            addedKvProjDim: config.AddedKvProjDim,
            eps: config.Eps,
            bias: true,
            device: device,
            dtype: dtype);
        norm2 = config.CrossAttnNorm ? new LayerNormalization(dim, config.Eps, true, device, dtype) : Identity();
        ffn = new FeedForward(dim, activation: "gelu-approximate", innerDim: config.FfnDim, device: device, dtype: dtype);
        norm3 = new LayerNormalization(dim, config.Eps, false, device, dtype);
        scale_shift_table = ModulationTable.New([1, 6, dim], device, Precision.AtLeastSingle(dtype));
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim], an image's before them where there is one.</param>
    /// <param name="modulation">The timestep's projection, [batch, 6, dim]; of every token's, [batch, 1 or video, 6, dim].</param>
    /// <param name="rotary">Positions of the video tokens.</param>
    /// <returns>The video tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, Tensor encoder, Tensor modulation, RotaryEmbedding rotary);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor encoder, Tensor modulation, RotaryEmbedding rotary)
    {
        using var scope = NewDisposeScope();
        var (attnModulation, ffModulation) = BranchModulation.Pair(scale_shift_table.Plus(modulation));
        var attnInput = norm1.Modulate(hidden, attnModulation);
        var attended = attn1.forward(attnInput, rotary);
        attnInput.Dispose();
        hidden = Fused.GatedSum(hidden, attnModulation.Gate, attended);

        var crossInput = norm2.call(hidden);
        var crossed = attn2.forward(crossInput, encoder, null);
        crossInput.Dispose();
        hidden = hidden.Plus(crossed);

        var ffInput = norm3.Modulate(hidden, ffModulation);
        var ffOutput = ffn.forward(ffInput);
        hidden = Fused.GatedSum(hidden, ffModulation.Gate, ffOutput);

        return hidden.MoveToOuterDisposeScope();
    }
}
