using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>A film that was generated.</summary>
/// <param name="Frames">[batch, (frames,) 3, height, width] in [0, 1]. Freed with this object.</param>
/// <param name="Seconds">From the prompt to the frames.</param>
/// <param name="HistoryBytes">The most history that the cache held.</param>
/// <param name="StepSeconds">Of each step.</param>
internal sealed record MadeFilm(Tensor Frames, double Seconds, long HistoryBytes, IReadOnlyList<double> StepSeconds) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Frames.Dispose();
}
