using System.Collections.Concurrent;

namespace Afterimage;

/// <summary>What <see cref="HostTraffic"/> was asked for, each by the name of the member that asked.</summary>
/// <param name="end">Ends the count.</param>
internal sealed class HostTrafficCount(Action end) : IDisposable
{
    /// <summary>Copies to a device that the host waited for.</summary>
    public ConcurrentBag<string> Uploads { get; } = [];

    /// <summary>Copies from and to pinned memory, which wait for their turn on the device and not the host for them.</summary>
    public ConcurrentBag<string> Queued { get; } = [];

    /// <summary>Numbers and tensors of a device that the host waited for.</summary>
    public ConcurrentBag<string> Waits { get; } = [];

    /// <inheritdoc/>
    public void Dispose() => end();
}
