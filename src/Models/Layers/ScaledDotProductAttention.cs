using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// softmax(q kᵀ / √d) v. A module without parameters, so that a forward hook sees every attention by its full name. On the
/// meta device, where torch's own fails, it gives a tensor of the right shape.
/// </summary>
public sealed class ScaledDotProductAttention() : Module<Tensor, Tensor, Tensor, Tensor>(nameof(ScaledDotProductAttention))
{
    /// <summary>Attends.</summary>
    /// <param name="query">[batch, heads, queries, dim]</param>
    /// <param name="key">[batch, heads, keys, dim]</param>
    /// <param name="value">[batch, heads, keys, value dim]</param>
    /// <returns>[batch, heads, queries, value dim]; in memory, queries may come before heads.</returns>
    public override Tensor forward(Tensor query, Tensor key, Tensor value)
    {
        if (!query.is_meta)
            return functional.scaled_dot_product_attention(query, key, value);

        using var sample = empty(
            query.size(0), query.size(2), query.size(1), value.size(3), dtype: query.dtype, device: query.device);
        return sample.transpose(1, 2);
    }
}
