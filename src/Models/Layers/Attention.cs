using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention of one sequence. Sources: diffusers <c>models/attention_processor.py</c>
/// (Attention, AttnProcessor2_0), <c>models/transformers/transformer_wan.py</c> (WanAttention) and <c>transformer_flux.py</c>
/// (FluxAttention without added projections).
/// </summary>
public sealed class Attention : Module<Tensor, RotaryEmbedding?, Tensor>
{
    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly Module<Tensor, Tensor>? norm_q;
    private readonly Module<Tensor, Tensor>? norm_k;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<Module<Tensor, Tensor>>? to_out;
    private readonly AttentionHeads _heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="queryDim">The width of the tokens.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="headDim">The width of a head.</param>
    /// <param name="qkNorm">What queries and keys go through.</param>
    /// <param name="eps">The epsilon of these norms.</param>
    /// <param name="bias">Whether query, key and value projections have biases.</param>
    /// <param name="outBias">Whether the output projection has a bias.</param>
    /// <param name="preOnly">Whether there is no output projection (<c>pre_only</c>).</param>
    /// <param name="dropout">The share of output elements that training drops.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public Attention(
        long queryDim,
        long heads,
        long headDim,
        QueryKeyNorm qkNorm = QueryKeyNorm.None,
        double eps = 1e-5,
        bool bias = false,
        bool outBias = true,
        bool preOnly = false,
        double dropout = 0,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(Attention))
    {
        _heads = new AttentionHeads(heads, headDim, qkNorm);
        to_q = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        to_k = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        to_v = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        norm_q = _heads.NewNorm(eps, device, dtype);
        norm_k = _heads.NewNorm(eps, device, dtype);
        to_out = preOnly ? null : [Dense.Linear(_heads.Width, queryDim, outBias, device, dtype), Dropout(dropout)];
        RegisterComponents();
    }

    /// <summary>Attends from all tokens to all tokens.</summary>
    /// <param name="hidden">The tokens, [batch, tokens, dim].</param>
    /// <param name="rotary">Positions of queries and keys, of the last tokens where there are fewer, or <see langword="null"/> for none.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor hidden, RotaryEmbedding? rotary) => forward(hidden, rotary, null);

    /// <summary>As above, to those tokens that a mask lets through.</summary>
    /// <param name="hidden">The tokens, [batch, tokens, dim].</param>
    /// <param name="rotary">As above.</param>
    /// <param name="mask">As in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/>.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public Tensor forward(Tensor hidden, RotaryEmbedding? rotary, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var query = _heads.Split(to_q.call(hidden), norm_q); // [B, S, H, d]
        var key = _heads.Split(to_k.call(hidden), norm_k);
        var value = _heads.Split(to_v.call(hidden));
        rotary?.ApplyInPlace(query);
        rotary?.ApplyInPlace(key);

        var output = _heads.Attend(sdpa, query, key, value, mask);
        if (to_out is not null)
            output = AttentionHeads.Out(to_out, output, training);

        return output.MoveToOuterDisposeScope();
    }
}
