using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Approximate = TorchSharp.Modules.GELU.Approximate;

namespace Afterimage.Models;

/// <summary>
/// A single-stream block: attention and feed-forward side by side behind one norm, over prompt and image as one sequence. The
/// feed-forward is no site: its second projection is the attention's too. Source: diffusers
/// <c>models/transformers/transformer_flux.py</c> (FluxSingleTransformerBlock).
/// </summary>
[SpatialAttention(nameof(attn))]
[BlockOutput]
public sealed partial class FluxSingleTransformerBlock : Module<Tensor, Tensor, RotaryEmbedding, Tensor>
{
    private readonly AdaLayerNormZeroSingle norm;
    private readonly LinearLayer proj_mlp;
    private readonly LinearLayer proj_out;
    private readonly Attention attn;

    /// <summary>Builds a block.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public FluxSingleTransformerBlock(FluxTransformer2DModelConfig config, Device? device = null, ScalarType? dtype = null)
        : base(nameof(FluxSingleTransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(config);
        var dim = config.InnerDim;
        norm = new AdaLayerNormZeroSingle(dim, device, dtype);
        proj_mlp = Dense.Linear(dim, 4 * dim, true, device, dtype);
        proj_out = Dense.Linear(5 * dim, dim, true, device, dtype);
        attn = new Attention(
            dim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            qkNorm: QueryKeyNorm.RmsNorm,
            eps: 1e-6,
            bias: true,
            preOnly: true,
            device: device,
            dtype: dtype);
        RegisterComponents();
    }

    /// <summary>Runs the block.</summary>
    /// <param name="hidden">Prompt tokens, then image tokens, [batch, text + image, dim].</param>
    /// <param name="temb">The embedding of timestep, guidance and pooled prompt, [batch, dim].</param>
    /// <param name="rotary">Positions of all tokens.</param>
    /// <returns>The tokens after this block.</returns>
    public override partial Tensor forward(Tensor hidden, Tensor temb, RotaryEmbedding rotary);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor temb, RotaryEmbedding rotary)
    {
        using var scope = NewDisposeScope();
        var modulation = norm.Modulation(temb);
        var normalized = norm.Normalize(hidden, modulation);
        var mlp = functional.gelu(proj_mlp.call(normalized), Approximate.tanh);
        var attended = attn.forward(normalized, rotary);
        var output = proj_out.call(cat([attended, mlp], dim: 2));
        hidden = Fused.WithinHalf(Fused.GatedSum(hidden, modulation.Gate, output));

        return hidden.MoveToOuterDisposeScope();
    }
}
