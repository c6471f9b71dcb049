using Afterimage.Server.Storage;

namespace Afterimage.Server.Jobs;

/// <inheritdoc cref="IOwnerGrain"/>
internal sealed class OwnerGrain([PersistentState("owner")] IPersistentState<OwnerState> state) : StoredGrain, IOwnerGrain
{
    /// <inheritdoc/>
    public Task Add(string jobId)
    {
        if (state.State.Jobs.Contains(jobId))
            return Task.CompletedTask;
        state.State.Jobs.Add(jobId);
        return Keep(state.WriteStateAsync);
    }

    /// <inheritdoc/>
    public Task Remove(string jobId) => state.State.Jobs.Remove(jobId) ? Keep(state.WriteStateAsync) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task<JobPage> List(string? after, int limit, bool isAscending)
    {
        IEnumerable<string> ordered = isAscending ? state.State.Jobs : state.State.Jobs.AsEnumerable().Reverse();
        var rest = after is null ? [.. ordered] : ordered.SkipWhile(id => id != after).Skip(1).ToList();
        return Task.FromResult(new JobPage([.. rest.Take(limit)], rest.Count > limit));
    }
}
