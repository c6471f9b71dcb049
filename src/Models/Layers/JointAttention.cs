using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention over prompt and latents together: one sequence, prompt first. Both share their projections (CogVideoX), or the
/// prompt has its own (<c>add_q_proj</c>, <c>to_add_out</c>, …; Flux). Sources: diffusers <c>models/attention_processor.py</c>
/// (Attention, CogVideoXAttnProcessor2_0), <c>models/transformers/transformer_flux.py</c> (FluxAttention).
/// </summary>
public sealed class JointAttention : Module<Tensor, Tensor, RotaryEmbedding?, (Tensor, Tensor)>
{
    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly Module<Tensor, Tensor>? norm_q;
    private readonly Module<Tensor, Tensor>? norm_k;
    private readonly LinearLayer? add_q_proj;
    private readonly LinearLayer? add_k_proj;
    private readonly LinearLayer? add_v_proj;
    private readonly Module<Tensor, Tensor>? norm_added_q;
    private readonly Module<Tensor, Tensor>? norm_added_k;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<Module<Tensor, Tensor>> to_out;
    private readonly LinearLayer? to_add_out;
    private readonly AttentionHeads _heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="queryDim">The width of the tokens.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="headDim">The width of a head.</param>
    /// <param name="qkNorm">What queries and keys go through.</param>
    /// <param name="addedKvProjDim">
    /// The width of prompt tokens with projections of their own; <see langword="null"/> for shared ones.
    /// </param>
    /// <param name="eps">The epsilon of the norms.</param>
    /// <param name="bias">Whether query, key and value projections have biases.</param>
    /// <param name="outBias">Whether the output projections have biases.</param>
    /// <param name="dropout">The share of output elements that training drops.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public JointAttention(
        long queryDim,
        long heads,
        long headDim,
        QueryKeyNorm qkNorm,
        long? addedKvProjDim = null,
        double eps = 1e-6,
        bool bias = false,
        bool outBias = true,
        double dropout = 0,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(JointAttention))
    {
        _heads = new AttentionHeads(heads, headDim, qkNorm);
        to_q = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        to_k = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        to_v = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        norm_q = _heads.NewNorm(eps, device, dtype);
        norm_k = _heads.NewNorm(eps, device, dtype);
        if (addedKvProjDim is { } added)
        {
            add_q_proj = Dense.Linear(added, _heads.Width, bias, device, dtype);
            add_k_proj = Dense.Linear(added, _heads.Width, bias, device, dtype);
            add_v_proj = Dense.Linear(added, _heads.Width, bias, device, dtype);
            norm_added_q = _heads.NewNorm(eps, device, dtype);
            norm_added_k = _heads.NewNorm(eps, device, dtype);
            to_add_out = Dense.Linear(_heads.Width, added, outBias, device, dtype);
        }

        to_out = [Dense.Linear(_heads.Width, queryDim, outBias, device, dtype), Dropout(dropout)];
        RegisterComponents();
    }

    /// <summary>Attends from all tokens to all tokens.</summary>
    /// <param name="hidden">The latents' tokens, [batch, latents, dim].</param>
    /// <param name="encoder">The prompt's tokens, [batch, text, dim].</param>
    /// <param name="rotary">
    /// Positions of the latents' tokens, or of prompt and latents, or <see langword="null"/> for none.
    /// </param>
    /// <returns>The latents' tokens and the prompt's tokens; with shared projections, two views of one tensor.</returns>
    [NoSideEffects]
    public override (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, RotaryEmbedding? rotary) => forward(hidden, encoder, rotary, null);

    /// <summary>As above, to those tokens that a mask lets through.</summary>
    /// <param name="hidden">The latents' tokens, [batch, latents, dim].</param>
    /// <param name="encoder">The prompt's tokens, [batch, text, dim].</param>
    /// <param name="rotary">As above.</param>
    /// <param name="mask">As in <see cref="ScaledDotProductAttention"/>, prompt first, or <see langword="null"/>.</param>
    /// <returns>As above.</returns>
    [NoSideEffects]
    public (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, RotaryEmbedding? rotary, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var (text, latents) = (encoder.size(1), hidden.size(1));
        var joint = add_q_proj is null ? cat([encoder, hidden], dim: 1) : null; // [B, S, D]
        var query = Project(to_q, norm_q, add_q_proj, norm_added_q); // [B, S, H, d]
        var key = Project(to_k, norm_k, add_k_proj, norm_added_k);
        var value = Project(to_v, null, add_v_proj, null);
        joint?.Dispose();
        rotary?.ApplyInPlace(query);
        rotary?.ApplyInPlace(key);

        var attended = _heads.Attend(sdpa, query, key, value, mask);
        if (to_add_out is not null)
        {
            return (
                Out(attended.narrow(1, text, latents)).MoveToOuterDisposeScope(),
                to_add_out.call(attended.narrow(1, 0, text)).MoveToOuterDisposeScope());
        }

        var output = Out(attended);
        return (output.narrow(1, text, latents).MoveToOuterDisposeScope(), output.narrow(1, 0, text).MoveToOuterDisposeScope());

        Tensor Project(LinearLayer own, Module<Tensor, Tensor>? norm, LinearLayer? added, Module<Tensor, Tensor>? addedNorm) =>
            added is null
                ? _heads.Split(own.call(joint!), norm)
                : cat([_heads.Split(added.call(encoder), addedNorm), _heads.Split(own.call(hidden), norm)], dim: 1);
    }

    private Tensor Out(Tensor attended) => AttentionHeads.Out(to_out, attended, training);
}
