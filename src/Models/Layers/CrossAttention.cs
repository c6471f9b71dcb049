using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Attention from one sequence to the prompt, whose keys and values are the same at every denoising step. Sources: as of <see cref="Attention"/>.
/// </summary>
[PromptProjection(nameof(to_k))]
[PromptProjection(nameof(to_v))]
public sealed partial class CrossAttention : Module<Tensor, Tensor, Tensor?, Tensor>
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly Module<Tensor, Tensor>? norm_q;
    private readonly Module<Tensor, Tensor>? norm_k;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<Module<Tensor, Tensor>> to_out;
    private readonly AttentionHeads _heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="queryDim">The width of the tokens.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="headDim">The width of a head.</param>
    /// <param name="encoderDim">The width of the tokens attended to; <see langword="null"/> for <paramref name="queryDim"/>.</param>
    /// <param name="qkNorm">What queries and keys go through.</param>
    /// <param name="eps">The epsilon of these norms.</param>
    /// <param name="bias">Whether query, key and value projections have biases.</param>
    /// <param name="outBias">Whether the output projection has a bias.</param>
    /// <param name="dropout">The share of output elements that training drops.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public CrossAttention(
        long queryDim,
        long heads,
        long headDim,
        long? encoderDim = null,
        QueryKeyNorm qkNorm = QueryKeyNorm.None,
        double eps = 1e-5,
        bool bias = false,
        bool outBias = true,
        double dropout = 0,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(CrossAttention))
    {
        _heads = new AttentionHeads(heads, headDim, qkNorm);
        to_q = Dense.Linear(queryDim, _heads.Width, bias, device, dtype);
        to_k = Dense.Linear(encoderDim ?? queryDim, _heads.Width, bias, device, dtype);
        to_v = Dense.Linear(encoderDim ?? queryDim, _heads.Width, bias, device, dtype);
        norm_q = _heads.NewNorm(eps, device, dtype);
        norm_k = _heads.NewNorm(eps, device, dtype);
        to_out = [Dense.Linear(_heads.Width, queryDim, outBias, device, dtype), Dropout(dropout)];
        RegisterComponents();
    }

    /// <summary>Attends.</summary>
    /// <param name="hidden">The tokens that attend, [batch, tokens, dim].</param>
    /// <param name="encoder">The tokens attended to, [batch, others, encoder dim].</param>
    /// <param name="mask">As in <see cref="ScaledDotProductAttention"/>, or <see langword="null"/>.</param>
    /// <returns>[batch, tokens, dim]</returns>
    [NoSideEffects]
    public override partial Tensor forward(Tensor hidden, Tensor encoder, Tensor? mask);

    [CachedForward]
    private Tensor Compute(Tensor hidden, Tensor encoder, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var key = to_k.call(encoder);
        var value = to_v.call(encoder);
        return Attend(to_q.call(hidden), key, value, mask).MoveToOuterDisposeScope();
    }

    [NoSideEffects]
    private Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        var attended = _heads.Attend(sdpa, _heads.Split(query, norm_q), _heads.Split(key, norm_k), _heads.Split(value), mask);
        return AttentionHeads.Out(to_out, attended, training);
    }
}
