using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The last frames that each causal convolution has seen, which stand before the first frame of the next batch of frames. One
/// per pass over a video.
/// </summary>
internal sealed class ConvolutionCache : IDisposable
{
    private readonly Dictionary<nn.Module, Tensor> _frames = [];

    /// <summary>The frames kept for a convolution, or <see langword="null"/> before its first batch.</summary>
    public Tensor? Of(nn.Module convolution) => _frames.GetValueOrDefault(convolution);

    /// <summary>Keeps a copy of some frames in the place of those before.</summary>
    public void Keep(nn.Module convolution, Tensor frames)
    {
        var copy = frames.clone().DetachFromDisposeScope();
        Of(convolution)?.Dispose();
        _frames[convolution] = copy;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var frames in _frames.Values)
            frames.Dispose();
        _frames.Clear();
    }
}
