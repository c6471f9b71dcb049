using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Makes one token of a prompt: its mean attends to itself and to all tokens (<c>to_q</c>, <c>to_kv</c>, <c>to_out</c>). Source:
/// diffusers <c>models/embeddings.py</c> (MochiAttentionPool).
/// </summary>
public sealed class MochiAttentionPool : Module<Tensor, Tensor, Tensor>
{
    private readonly LinearLayer to_kv;
    private readonly LinearLayer to_q;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly LinearLayer to_out;
    private readonly AttentionHeads _heads;

    /// <summary>Builds the layer.</summary>
    /// <param name="heads">The number of heads.</param>
    /// <param name="dim">The width of the prompt's embedding, a multiple of <paramref name="heads"/>.</param>
    /// <param name="outputs">The width of the result.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public MochiAttentionPool(long heads, long dim, long outputs, Device? device = null, ScalarType? dtype = null)
        : base(nameof(MochiAttentionPool))
    {
        _heads = new AttentionHeads(heads, dim / heads, QueryKeyNorm.None);
        to_kv = Dense.Linear(dim, 2 * dim, true, device, dtype);
        to_q = Dense.Linear(dim, dim, true, device, dtype);
        to_out = Dense.Linear(dim, outputs, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>Pools.</summary>
    /// <param name="text">The prompt's embedding, [batch, text, dim].</param>
    /// <param name="attended">Which tokens take part, [batch, text], booleans.</param>
    /// <returns>[batch, outputs]</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor text, Tensor attended)
    {
        using var scope = NewDisposeScope();
        var weights = attended.unsqueeze(-1).to(text.dtype);
        weights = weights.Over(weights.sum(1, keepdim: true).AtLeast(1));
        var mean = (text * weights).sum(1, keepdim: true); // [B, 1, D]
        var both = to_kv.call(cat([mean, text], dim: 1)).chunk(2, dim: -1); // keys, values
        var keys = cat([ones([text.size(0), 1], ScalarType.Bool, text.device), attended], dim: 1).unsqueeze(1).unsqueeze(1);
        var pooled = _heads.Attend(sdpa, _heads.Split(to_q.call(mean)), _heads.Split(both[0]), _heads.Split(both[1]), keys);
        return to_out.call(pooled).squeeze(1).MoveToOuterDisposeScope();
    }
}
