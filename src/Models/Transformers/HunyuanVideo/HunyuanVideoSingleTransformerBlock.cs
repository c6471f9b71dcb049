using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace Afterimage.Models;

/// <summary>
/// A single-stream block: attention and feed-forward side by side behind one norm, over prompt and video as one sequence. The
/// feed-forward is no site: its second projection is the attention's too. Source: diffusers
/// <c>models/transformers/transformer_hunyuan_video.py</c> (HunyuanVideoSingleTransformerBlock and, where the first frame is given,
/// HunyuanVideoTokenReplaceSingleTransformerBlock).
/// </summary>
[SpatialAttention(nameof(attn))]
[BlockOutput]
public sealed partial class HunyuanVideoSingleTransformerBlock : Module<Tensor, HunyuanVideoConditioning, RotaryEmbedding, Tensor?, Tensor>
{
    private readonly Attention attn;
    private readonly AdaLayerNormZeroSingle norm;
    private readonly LinearLayer proj_mlp;
    private readonly LinearLayer proj_out;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public HunyuanVideoSingleTransformerBlock(HunyuanVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(HunyuanVideoSingleTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var (dim, inner) = (config.InnerDim, config.MlpDim);
        attn = new Attention(
            dim, config.NumAttentionHeads, config.AttentionHeadDim, config.QueryKeyNorm, 1e-6, bias: true, preOnly: true, device: device, dtype: dtype);
        norm = new AdaLayerNormZeroSingle(dim, device, dtype);
        proj_mlp = Dense.Linear(dim, inner, true, device, dtype);
        proj_out = Dense.Linear(dim + inner, dim, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">Prompt tokens, then video tokens, [batch, text + video, dim].</param>
    /// <param name="conditioning">What modulates it.</param>
    /// <param name="rotary">Positions of the video tokens.</param>
    /// <param name="mask">Which tokens to look at, as in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/> for all.</param>
    /// <returns>The tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, HunyuanVideoConditioning conditioning, RotaryEmbedding rotary, Tensor? mask);

    [CachedForward]
    private Tensor Compute(Tensor hidden, HunyuanVideoConditioning conditioning, RotaryEmbedding rotary, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var modulation = HunyuanVideoModulation.Of(norm, conditioning, hidden.size(1) - rotary.Cos.size(0));
        var normalized = modulation.Normalize(norm, hidden);
        var mlp = functional.gelu(proj_mlp.call(normalized), Approximate.tanh);
        var attended = attn.forward(normalized, rotary, mask);
        normalized.Dispose();
        var joined = cat([attended, mlp], dim: 2);
        mlp.Dispose();
        hidden = modulation.GatedSum(hidden, proj_out.call(joined));

        return hidden.MoveToOuterDisposeScope();
    }
}
