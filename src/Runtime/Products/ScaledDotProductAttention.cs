using Afterimage.Execution;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage;

/// <summary>
/// torch's scaled dot product attention as a module without parameters, so that a profile can count it; it also gives shapes
/// on the META device, where torch's own throws.
/// </summary>
public sealed class ScaledDotProductAttention() : Module<Tensor, Tensor, Tensor, Tensor?, Tensor>(nameof(ScaledDotProductAttention))
{
    /// <summary>softmax(query · keyᵀ / √channels + mask) · value. Owned by the caller. Use <c>call</c>, which runs the counting hook.</summary>
    /// <param name="query"><c>[batch, heads, queries, channels]</c>.</param>
    /// <param name="key"><c>[batch, heads, keys, channels]</c>.</param>
    /// <param name="value"><c>[batch, heads, keys, value channels]</c>.</param>
    /// <param name="mask">
    /// What broadcasts to <c>[batch, heads, queries, keys]</c>: booleans that are true where a query may look, or numbers that are
    /// added. Null for none.
    /// </param>
    /// <returns><c>[batch, heads, queries, value channels]</c>.</returns>
    [NoSideEffects]
    public override Tensor forward(Tensor query, Tensor key, Tensor value, Tensor? mask) => Sequence is not { Ranks: not null } sequence
        ? Attend(query, key, value, mask)
        : mask is null
            ? sequence.Attend(query, key, value, static (query, key, value) => Attend(query, key, value, null))
            : throw new NotSupportedException("A mask over tokens that several ranks share is not supported.");

    /// <summary>Where ranks share the tokens, what exchanges them.</summary>
    internal SequenceShards? Sequence { get; set; }

    private static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? mask) =>
        query.is_meta
            ? empty([.. query.shape[..^1], value.shape[^1]], query.dtype, query.device)
            : FlashAttention.Takes(query, key, value, mask)
                ? FlashAttention.Attend(query, key, value)
                : functional.scaled_dot_product_attention(query, key, value, mask);

    /// <summary>The floating-point operations of one call: two matrix products.</summary>
    public static long Flops(Tensor query, Tensor key, Tensor value) =>
        checked(2 * query.numel() * key.shape[^2] + 2 * (query.numel() / query.shape[^1]) * key.shape[^2] * value.shape[^1]);
}
