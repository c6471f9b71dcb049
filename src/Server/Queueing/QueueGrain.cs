using Afterimage.Server.Jobs;
using Afterimage.Server.Storage;
using Afterimage.Server.Working;

namespace Afterimage.Server.Queueing;

/// <inheritdoc cref="IQueueGrain"/>
internal sealed class QueueGrain(
    [PersistentState("queue")] IPersistentState<QueueState> state, ServerOptions options, NodeIdentity node, ServerMetrics metrics, TimeProvider time) : StoredGrain, IQueueGrain
{
    // When each worker is taken for lost. Not kept: a queue that moves to another node gives all of them a whole lease anew.
    private readonly Dictionary<string, DateTimeOffset> _ends = [];
    private readonly Dictionary<string, DateTimeOffset> _workers = [];
    private int _counted;

    private FairQueue Queue => new(state.State);

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var taken = state.State.Entries.Where(entry => entry.Worker is not null).ToList();
        // A server that is alone has no worker but its own: what another process had is nobody's any more.
        var lost = options.Cluster is null ? taken.Where(entry => !node.IsOwn(entry.Worker!)).ToList() : [];
        foreach (var entry in taken.Except(lost))
            _ends[entry.JobId] = time.GetUtcNow() + options.Lease;
        await TakeBack(lost, areLost: true);
        CountWaiting(Queue.Waiting);
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        CountWaiting(0);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<Admission> Enqueue(string jobId, string owner, double cost)
    {
        var isOwnLimit = Queue.WaitingOf(owner) >= options.MostQueuedPerKey;
        if (isOwnLimit || Queue.Waiting >= options.MostQueued)
            return new Admission(false, isOwnLimit, Queue.NextGap(Workers()));
        Queue.Add(jobId, owner, cost);
        await Keep();
        return new Admission(true);
    }

    /// <inheritdoc/>
    public async Task<Ticket?> Take(string worker)
    {
        var now = time.GetUtcNow();
        _workers[worker] = now;
        await TakeBack([.. state.State.Entries.Where(entry => entry.Worker is not null && _ends.GetValueOrDefault(entry.JobId) < now)], areLost: true);
        if (Queue.Take(worker) is not { } taken)
            return null;
        await Keep();
        _ends[taken.JobId] = now + options.Lease;
        return new Ticket(taken.JobId, taken.Attempt, taken.Losses);
    }

    /// <inheritdoc/>
    public Task<bool> Renew(string jobId, int attempt)
    {
        if (Held(jobId, attempt) is not { } entry)
            return Task.FromResult(false);
        _workers[entry.Worker!] = time.GetUtcNow();
        _ends[jobId] = time.GetUtcNow() + options.Lease;
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public Task Return(string jobId, int attempt) => Held(jobId, attempt) is { } entry ? TakeBack([entry], areLost: false) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task Finish(string jobId, int attempt, double? seconds) => Held(jobId, attempt) is { } entry ? Remove(entry, seconds) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task Remove(string jobId) => Queue.Find(jobId) is { } entry ? Remove(entry, null) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task<QueuePlace?> Find(string jobId) => Task.FromResult(Queue.PlaceOf(jobId, Workers()));

    /// <inheritdoc/>
    public Task<int> Count() => Task.FromResult(Queue.Waiting);

    private async Task Keep()
    {
        await Keep(state.WriteStateAsync);
        CountWaiting(Queue.Waiting);
    }

    private void CountWaiting(int waiting)
    {
        metrics.Waiting(this.GetPrimaryKeyString(), waiting - _counted);
        _counted = waiting;
    }

    private QueueEntry? Held(string jobId, int attempt) => Queue.Find(jobId) is { Worker: not null } entry && entry.Attempt == attempt ? entry : null;

    private Task Remove(QueueEntry entry, double? seconds)
    {
        _ends.Remove(entry.JobId);
        Queue.Remove(entry, seconds);
        return Keep();
    }

    private async Task TakeBack(IReadOnlyList<QueueEntry> entries, bool areLost)
    {
        if (entries.Count == 0)
            return;
        foreach (var entry in entries)
        {
            _ends.Remove(entry.JobId);
            Queue.Return(entry, areLost);
        }
        await Keep();
        foreach (var entry in entries)
            await GrainFactory.GetGrain<IJobGrain>(entry.JobId).Requeue(entry.Attempt);
    }

    /// <summary>How many workers have been heard of lately.</summary>
    private int Workers()
    {
        var since = time.GetUtcNow() - options.Lease;
        foreach (var gone in _workers.Where(worker => worker.Value < since).Select(worker => worker.Key).ToList())
            _workers.Remove(gone);
        return _workers.Count;
    }
}
