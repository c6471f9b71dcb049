using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// How an attention layer divides its channels. Heads stay behind the sequence, [batch, tokens, heads, head dim], so that neither
/// the norms nor the way out of the attention copy.
/// </summary>
internal sealed record AttentionHeads(long Heads, long HeadDim, QueryKeyNorm Norm)
{
    /// <summary>The width of all heads.</summary>
    public long Width => Heads * HeadDim;

    /// <summary>A norm of queries or keys, or null where they have none.</summary>
    public Module<Tensor, Tensor>? NewNorm(double eps, Device? device, ScalarType? dtype) => Norm switch
    {
        QueryKeyNorm.None => null,
        QueryKeyNorm.LayerNorm => new LayerNormalization(HeadDim, eps, true, device, dtype),
        QueryKeyNorm.RmsNorm => new RmsNormalization(HeadDim, eps, true, device, dtype),
        QueryKeyNorm.RmsNormAcrossHeads => new RmsNormalization(Width, eps, true, device, dtype),
        _ => throw new ArgumentOutOfRangeException(nameof(Norm), Norm, "not a norm of queries and keys"),
    };

    /// <summary>[batch, tokens, width] to [batch, tokens, heads, head dim], through a norm where one is given.</summary>
    public Tensor Split(Tensor tokens, Module<Tensor, Tensor>? norm = null)
    {
        if (norm is not null && Norm == QueryKeyNorm.RmsNormAcrossHeads)
            return View(norm.call(tokens));
        var heads = View(tokens);
        return norm is null ? heads : norm.call(heads);
    }

    /// <summary>Attends, and lays the heads side by side: [batch, tokens, width].</summary>
    public Tensor Attend(ScaledDotProductAttention sdpa, Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        var attended = sdpa.call(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), mask); // [B, H, S, d]
        return attended.transpose(1, 2).reshape(query.size(0), query.size(1), Width);
    }

    /// <summary>The way out (<c>to_out</c>): a projection, and dropout in training.</summary>
    public static Tensor Out(ModuleList<Module<Tensor, Tensor>> layers, Tensor attended, bool training)
    {
        var output = layers[0].call(attended);
        return training ? layers[1].call(output) : output;
    }

    private Tensor View(Tensor tokens) => tokens.view(tokens.size(0), tokens.size(1), Heads, HeadDim);
}
