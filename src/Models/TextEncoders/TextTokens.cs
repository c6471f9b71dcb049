using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A text as <see cref="T5EncoderModel"/> takes it. It owns its tensors until it is disposed.</summary>
/// <param name="InputIds">The token ids, the end token and the padding: [1, length], int64.</param>
/// <param name="AttentionMask">1 for tokens and 0 for padding: [1, length], int64.</param>
/// <param name="TruncatedText">What of the text did not fit, never blank, or <see langword="null"/>.</param>
public sealed record T5Tokens(Tensor InputIds, Tensor AttentionMask, string? TruncatedText) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        InputIds.Dispose();
        AttentionMask.Dispose();
    }
}
