namespace Afterimage;

/// <summary>
/// A transformer whose forward passes can be cached. Implemented by the generator on classes marked
/// <see cref="CacheableModelAttribute"/>. Not thread-safe: a second thread inside one model is an error.
/// </summary>
public interface ICacheableModel
{
    /// <summary>The layout a run has when it does not name one.</summary>
    GuidanceLayout GuidanceLayout { get; }

    /// <summary>Every site of the model, in the order of its named modules; after them the whole model, where that is one.</summary>
    IReadOnlyList<CacheSite> CacheSites { get; }

    /// <summary>Whether a cache is enabled.</summary>
    bool IsCacheEnabled { get; }

    /// <summary>
    /// The run that the next forward belongs to: the one begun or entered last, while it lasts. <see langword="null"/> where there is none,
    /// as before the first forward of a run that begins by itself. Shows the plan and the history of a run that somebody else
    /// began, a pipeline for one.
    /// </summary>
    CacheRun? CurrentRun { get; }

    /// <summary>
    /// Turns a cache on for the forwards that follow. They need to know their timesteps: from
    /// <see cref="BeginRun(IReadOnlyList{double}, GuidanceLayout?)"/>, or from <see cref="CacheConfig.CurrentTimestepCallback"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A cache is enabled already, or the model is in training mode.</exception>
    /// <exception cref="ArgumentException">The config is invalid, or none of its settings matches a site of this model.</exception>
    void EnableCache(CacheConfig config);

    /// <summary>Turns the cache off and frees what it held. Does nothing when none is enabled.</summary>
    void DisableCache();

    /// <summary>Forgets the history of all runs: their next forward is their first again. Does nothing when no cache is enabled.</summary>
    /// <remarks>
    /// A run that begins by itself notices another generation where its timestep rises, and forgets then. Call this where it does not:
    /// after generations of one step, or one that was left after its first.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    void ResetCache();

    /// <summary>
    /// Names the cache context of the forwards until the result is disposed. Every context has histories and counters of its
    /// own, so that the conditional and the unconditional call of a step do not see each other's attention. Contexts nest: the one
    /// begun last, of those that have not ended, is the forward's, in whatever order they end.
    /// </summary>
    /// <param name="name">What the call is in every step, such as <c>cond</c>.</param>
    /// <exception cref="ArgumentException">The name is null or blank.</exception>
    /// <exception cref="InvalidOperationException">The model is in the middle of a forward.</exception>
    IDisposable CacheContext(string name);

    /// <summary>
    /// Plans and begins a run over <paramref name="timesteps"/>, and makes it the one that the forwards which follow belong
    /// to. Dispose it to free its history.
    /// </summary>
    /// <param name="timesteps">The timesteps that each context's forwards will have, in order (usually descending).</param>
    /// <param name="layout">The guidance layout of this run; <see langword="null"/> for the model's own.</param>
    /// <exception cref="InvalidOperationException">
    /// No cache is enabled, or another run of the model is in the middle: dispose of that, or <see cref="CacheRun.Leave"/> it.
    /// </exception>
    /// <exception cref="ArgumentException">There are no timesteps, one is not finite, or the config cannot work with this layout.</exception>
    CacheRun BeginRun(IReadOnlyList<double> timesteps, GuidanceLayout? layout = null);

    /// <summary>
    /// Begins a run of a plan that was made or recorded before (<see cref="CachePlan.Load"/>, <see cref="CacheRun.Recorded"/>), whatever method the enabled
    /// config is of.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <exception cref="InvalidOperationException">As above.</exception>
    /// <exception cref="ArgumentException">The plan is one of a model with other sites, or leaves to the run what it decides.</exception>
    CacheRun BeginRun(CachePlan plan);

    /// <summary>What this rank does of what several compute together; <see langword="null"/> where they do not.</summary>
    ModelParallel? Parallel { get; }

    /// <summary>
    /// Lets several processes compute each of the forwards that follow together, with a cache or without. All ranks call the model with the same inputs, and all get the whole
    /// result.
    /// </summary>
    /// <param name="layout">Which rank computes what.</param>
    /// <param name="communicator">The ranks: as many as the layout takes. It stays the caller's, and in use until <see cref="DisableParallel"/>.</param>
    /// <exception cref="ArgumentException">The layout takes another number of ranks. Ranks whose number does not divide that of the heads are refused by the first forward.</exception>
    /// <exception cref="InvalidOperationException">It is enabled already, or a run of a cache has begun.</exception>
    /// <exception cref="NotSupportedException">The model has no sequence that ranks can share (<see cref="SequenceParallelAttribute"/>).</exception>
    void EnableParallel(ParallelLayout layout, Communicator communicator);

    /// <summary>Lets this process compute forwards alone again. Does nothing where it does.</summary>
    /// <exception cref="InvalidOperationException">A run of a cache has begun.</exception>
    void DisableParallel();
}
