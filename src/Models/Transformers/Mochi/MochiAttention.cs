using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention over latents and prompt together, latents first, each with projections of its own. Only prompt tokens of a mask
/// take part. Source: diffusers <c>models/attention_processor.py</c> (MochiAttention, MochiAttnProcessor2_0).
/// </summary>
public sealed class MochiAttention : Module<Tensor, Tensor, RotaryEmbedding, MochiPromptMask, (Tensor, Tensor)>
{
    private const double Eps = 1e-5;

    private readonly Module<Tensor, Tensor>? norm_q;
    private readonly Module<Tensor, Tensor>? norm_k;
    private readonly Module<Tensor, Tensor>? norm_added_q;
    private readonly Module<Tensor, Tensor>? norm_added_k;
    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly LinearLayer add_q_proj;
    private readonly LinearLayer add_k_proj;
    private readonly LinearLayer add_v_proj;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<Module<Tensor, Tensor>> to_out;
    private readonly LinearLayer? to_add_out;
    private readonly AttentionHeads _heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="isLast">Whether it is that of the last block, which gives the prompt tokens without a projection (<c>context_pre_only</c>).</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public MochiAttention(MochiTransformer3DModelConfig config, bool isLast, Device? device = null, ScalarType? dtype = null)
        : base(nameof(MochiAttention))
    {
        ArgumentNullException.ThrowIfNull(config);
        _heads = new AttentionHeads(config.NumAttentionHeads, config.AttentionHeadDim, QueryKeyNorm.RmsNorm);
        var (dim, text) = (config.InnerDim, config.PooledProjectionDim);
        (norm_q, norm_k) = (Norm(), Norm());
        (norm_added_q, norm_added_k) = (Norm(), Norm());
        (to_q, to_k, to_v) = (Projection(dim), Projection(dim), Projection(dim));
        (add_q_proj, add_k_proj, add_v_proj) = (Projection(text), Projection(text), Projection(text));
        to_out = [Dense.Linear(dim, dim, true, device, dtype), Dropout(0)];
        to_add_out = isLast ? null : Dense.Linear(dim, text, true, device, dtype);
        RegisterComponents();

        Module<Tensor, Tensor>? Norm() => _heads.NewNorm(Eps, device, dtype);
        LinearLayer Projection(long inputs) => Dense.Linear(inputs, dim, false, device, dtype);
    }

    /// <summary>Attends from all tokens to all tokens that take part.</summary>
    /// <param name="hidden">The latents' tokens, [batch, latents, dim].</param>
    /// <param name="encoder">The prompt's tokens, [batch, text, text dim].</param>
    /// <param name="rotary">Positions of the latents' tokens.</param>
    /// <param name="mask">Which of the prompt's tokens take part.</param>
    /// <returns>
    /// The latents' tokens and the prompt's, [batch, text, text dim] (in the last block as wide as the latents').
    /// </returns>
    [NoSideEffects]
    public override (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, RotaryEmbedding rotary, MochiPromptMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using var scope = NewDisposeScope();
        var (latents, text) = (hidden.size(1), encoder.size(1));
        var prompt = mask.Ordered(encoder);
        var query = Joined(to_q, norm_q, rotary, add_q_proj, norm_added_q); // [B, S, H, d]
        var key = Joined(to_k, norm_k, rotary, add_k_proj, norm_added_k);
        var value = Joined(to_v, null, null, add_v_proj, null);

        var attended = _heads.Attend(sdpa, query, key, value, mask.Keys);
        var own = AttentionHeads.Out(to_out, attended.narrow(1, 0, latents), training);
        var context = mask.Cleared(attended.narrow(1, latents, text));
        return (own.MoveToOuterDisposeScope(), (to_add_out is null ? context : to_add_out.call(context)).MoveToOuterDisposeScope());

        Tensor Joined(LinearLayer projection, Module<Tensor, Tensor>? norm, RotaryEmbedding? turn, LinearLayer added, Module<Tensor, Tensor>? addedNorm)
        {
            using var parts = NewDisposeScope();
            var heads = _heads.Split(projection.call(hidden), norm);
            turn?.ApplyInPlace(heads);
            return cat([heads, _heads.Split(added.call(prompt), addedNorm)], dim: 1).MoveToOuterDisposeScope();
        }
    }
}
