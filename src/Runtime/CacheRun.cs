namespace Afterimage;

/// <summary>One denoising run of a model: its plan, its row counters and its histories.</summary>
public sealed class CacheRun : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException();
}
