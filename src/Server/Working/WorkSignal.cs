namespace Afterimage.Server.Working;

/// <summary>Wakes this node's workers when there is something to do; what other nodes have taken in, workers find by asking now and then.</summary>
internal sealed class WorkSignal : IDisposable
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(0.5);
    private readonly SemaphoreSlim _signal = new(0);

    /// <summary>There is a job.</summary>
    public void Set() => _signal.Release();

    /// <summary>Waits for that, or for a moment.</summary>
    public Task Wait(CancellationToken cancellationToken) => _signal.WaitAsync(s_now, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();
}
