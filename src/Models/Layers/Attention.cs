using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention over prompt and video together: one sequence, prompt first, rotary positions on the video part only.
/// Sources: diffusers <c>models/attention_processor.py</c> (Attention, CogVideoXAttnProcessor2_0).
/// </summary>
public sealed class Attention : Module<Tensor, Tensor, RotaryEmbedding?, (Tensor, Tensor)>
{
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly LayerNormalization? norm_q;
    private readonly LayerNormalization? norm_k;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<Module<Tensor, Tensor>> to_out;
    private readonly long _heads;
    private readonly long _headDim;

    /// <summary>Builds the layer.</summary>
    /// <param name="queryDim">The width of the tokens.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="headDim">The width of a head.</param>
    /// <param name="qkNorm">Whether queries and keys go through a LayerNorm of their own (<c>qk_norm="layer_norm"</c>).</param>
    /// <param name="eps">The epsilon of these norms.</param>
    /// <param name="bias">Whether query, key and value projections have biases.</param>
    /// <param name="outBias">Whether the output projection has a bias.</param>
    /// <param name="dropout">The share of output elements that training drops.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public Attention(
        long queryDim,
        long heads,
        long headDim,
        bool qkNorm = true,
        double eps = 1e-6,
        bool bias = false,
        bool outBias = true,
        double dropout = 0,
        Device? device = null,
        ScalarType? dtype = null)
        : base(nameof(Attention))
    {
        _heads = heads;
        _headDim = headDim;
        var inner = heads * headDim;
        to_q = Dense.Linear(queryDim, inner, bias, device, dtype);
        to_k = Dense.Linear(queryDim, inner, bias, device, dtype);
        to_v = Dense.Linear(queryDim, inner, bias, device, dtype);
        norm_q = qkNorm ? new LayerNormalization(headDim, eps, true, device, dtype) : null;
        norm_k = qkNorm ? new LayerNormalization(headDim, eps, true, device, dtype) : null;
        to_out = [Dense.Linear(inner, queryDim, outBias, device, dtype), Dropout(dropout)];
        RegisterComponents();
    }

    /// <summary>Attends from all tokens to all tokens.</summary>
    /// <param name="hidden">The video tokens, [batch, video, dim].</param>
    /// <param name="encoder">The prompt tokens, [batch, text, dim].</param>
    /// <param name="rotary">Positions of the video tokens, or <see langword="null"/> for none.</param>
    /// <returns>The video tokens and the prompt tokens, two views of one tensor.</returns>
    public override (Tensor, Tensor) forward(Tensor hidden, Tensor encoder, RotaryEmbedding? rotary)
    {
        using var scope = NewDisposeScope();
        var text = encoder.size(1);
        var video = hidden.size(1);
        var joint = cat([encoder, hidden], dim: 1); // [B, S, D]

        // Heads stay behind the sequence, so that neither the norms nor the way out of the attention copy.
        var query = Normalized(norm_q, Heads(to_q.call(joint))); // [B, S, H, d]
        var key = Normalized(norm_k, Heads(to_k.call(joint)));
        var value = Heads(to_v.call(joint));
        joint.Dispose();
        if (rotary is not null)
        {
            rotary.ApplyInPlace(query.narrow(1, text, video));
            rotary.ApplyInPlace(key.narrow(1, text, video));
        }

        var attended = sdpa.call(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)); // [B, H, S, d]
        var output = to_out[0].call(attended.transpose(1, 2).reshape(attended.size(0), text + video, _heads * _headDim));
        if (training)
            output = to_out[1].call(output);

        return (output.narrow(1, text, video).MoveToOuterDisposeScope(), output.narrow(1, 0, text).MoveToOuterDisposeScope());
    }

    private Tensor Heads(Tensor tokens) => tokens.view(tokens.size(0), tokens.size(1), _heads, _headDim);

    private static Tensor Normalized(LayerNormalization? norm, Tensor heads) => norm is null ? heads : norm.call(heads);
}
