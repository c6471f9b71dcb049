namespace Afterimage;

/// <summary>What the configurations of all caching methods have in common.</summary>
public abstract record CacheConfig
{
    /// <summary>
    /// Returns the timestep of the forward that is about to run. Needed where runs are not begun with
    /// <see cref="ICacheableModel.BeginRun"/>; where they are, it is compared with the run's timesteps.
    /// </summary>
    public Func<double>? CurrentTimestepCallback { get; init; }

    /// <summary>
    /// Lets all cache contexts share one counter and one history, as diffusers' hooks for these methods do: with two calls a
    /// step the second then receives the first one's attention. Only for reproducing such results.
    /// </summary>
    public bool ShareStateAcrossContexts { get; init; }

    /// <summary>The most bytes of history a run may hold; a run that would need more is refused in its first forward.</summary>
    public long? MaxHistoryBytes { get; init; }
}
