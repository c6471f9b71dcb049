using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A text as text encoders take it. It owns its tensors until it is disposed.</summary>
/// <param name="InputIds">The token ids, the end token and the padding: [1, length], int64.</param>
/// <param name="AttentionMask">1 for tokens and 0 for padding: [1, length], int64.</param>
/// <param name="TruncatedText">What of the text did not fit, never blank, or <see langword="null"/>.</param>
public sealed record TextTokens(Tensor InputIds, Tensor AttentionMask, string? TruncatedText) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        InputIds.Dispose();
        AttentionMask.Dispose();
    }

    /// <summary>Exactly <paramref name="length"/> ids of a text, its last one, the end token, among them: cut off before that, or filled up behind it.</summary>
    internal static TextTokens Of(IReadOnlyList<int> ids, int length, int padId, Func<IEnumerable<int>, string> decode)
    {
        var kept = ids.Count <= length ? ids : [.. ids.Take(length - 1), ids[^1]];
        // Ends within a text are nothing that could be told.
        var rest = ids.Count > length ? decode(ids.Skip(length - 1).SkipLast(1)) : "";
        long[] padded = [.. kept.Select(id => (long)id), .. Enumerable.Repeat((long)padId, length - kept.Count)];
        long[] mask = [.. Enumerable.Range(0, length).Select(i => i < kept.Count ? 1L : 0)];
        return new TextTokens(Row(padded), Row(mask), rest.Length > 0 ? rest : null);

        static Tensor Row(long[] numbers)
        {
            using var row = HostTraffic.Sent(numbers, CPU);
            return row.unsqueeze(0);
        }
    }
}
