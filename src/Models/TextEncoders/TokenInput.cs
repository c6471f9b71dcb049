using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What every text encoder asks of its input.</summary>
internal static class TokenInput
{
    /// <summary>Refuses ids that are not [batch, tokens] of int64 and of the vocabulary, and a mask of another shape.</summary>
    /// <exception cref="ArgumentException">They are not; the message says what was expected and what came.</exception>
    public static void Check(Tensor inputIds, Tensor? attentionMask, int vocabSize)
    {
        ArgumentNullException.ThrowIfNull(inputIds);
        if (inputIds.dim() != 2 || inputIds.dtype != ScalarType.Int64 || inputIds.shape.Contains(0))
            throw new ArgumentException(
                $"expected token ids [batch, tokens] of Int64, got [{string.Join(", ", inputIds.shape)}] of {inputIds.dtype}", nameof(inputIds));
        using var scope = NewDisposeScope();
        var (lowest, highest) = (inputIds.min().Number<long>(), inputIds.max().Number<long>());
        if (lowest < 0 || highest >= vocabSize)
            throw new ArgumentException(
                $"expected token ids from 0 to {vocabSize - 1}, got {lowest} to {highest}: the tokenizer is another model's", nameof(inputIds));
        if (attentionMask is not null && !attentionMask.shape.AsSpan().SequenceEqual(inputIds.shape))
            throw new ArgumentException(
                $"expected a mask [{string.Join(", ", inputIds.shape)}] as the ids, got [{string.Join(", ", attentionMask.shape)}]", nameof(attentionMask));
    }
}
