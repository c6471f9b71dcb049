namespace Afterimage.Execution;

/// <summary>Counts the bytes of history that a run is going to hold, and refuses what is over its limit.</summary>
internal sealed class HistoryBudget(long? limit)
{
    private long _reserved;

    /// <summary>Announces buffers that the run will make.</summary>
    /// <exception cref="InvalidOperationException">The run would hold more than its limit.</exception>
    public void Reserve(long bytes)
    {
        _reserved += bytes;
        if (_reserved > limit)
            throw new InvalidOperationException(
                $"The history of this run needs at least {_reserved:N0} bytes, more than {nameof(CacheConfig.MaxHistoryBytes)} = {limit:N0} allows. "
                + $"Raise the limit, cache fewer sites, or set {nameof(CacheConfig.ReusePromptProjections)} to false where the model has a prompt.");
    }

    /// <summary>Forgets all announcements.</summary>
    public void Clear() => _reserved = 0;
}
