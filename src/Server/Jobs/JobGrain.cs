using Afterimage.Server.Queueing;
using Afterimage.Server.Storage;

namespace Afterimage.Server.Jobs;

/// <inheritdoc cref="IJobGrain"/>
internal sealed class JobGrain(
    [PersistentState("job")] IPersistentState<JobState> state, StorageFolder storage, ServerOptions options, TimeProvider time) : StoredGrain, IJobGrain
{
    private JobProgress? _progress;

    private string Id => this.GetPrimaryKeyString();

    private bool IsThere => state.State.Request is not null;

    /// <inheritdoc/>
    public async Task<Admission> Create(string owner, JobRequest request, JobSizes sizes)
    {
        await Write(new JobState { Owner = owner, Request = request, Sizes = sizes, CreatedAt = time.GetUtcNow() });
        var isTaken = false;
        try
        {
            var admission = await Queue(request.Model).Enqueue(Id, owner, sizes.Flops);
            if (admission.IsAdmitted)
                await GrainFactory.GetGrain<IOwnerGrain>(owner).Add(Id);
            isTaken = admission.IsAdmitted;
            return admission;
        }
        finally
        {
            // What the queue may have all the same finds no job to begin.
            if (!isTaken)
                await Forget();
        }
    }

    /// <inheritdoc/>
    public Task<JobState?> Get()
    {
        if (!IsThere)
            DeactivateOnIdle();
        return Task.FromResult(IsThere ? state.State with { Progress = _progress } : null);
    }

    /// <inheritdoc/>
    public async Task Delete()
    {
        if (state.State is not { Request: { } request } job)
            return;
        // Forgotten last: where something fails before, it can be deleted again.
        await Queue(request.Model).Remove(Id);
        await GrainFactory.GetGrain<IOwnerGrain>(job.Owner).Remove(Id);
        await Forget();
        storage.Delete(Id);
    }

    /// <inheritdoc/>
    public async Task<JobRequest?> Start(Ticket ticket)
    {
        if (!IsThere || state.State.HasEnded || ticket.Attempt <= state.State.Attempt)
            return null;
        if (ticket.Losses >= options.MostLosses)
        {
            await End(state.State with
            {
                Status = JobStatus.Failed,
                Error = new JobError("worker_lost", $"{ticket.Losses} workers that were at the job ended without a word."),
            });
            return null;
        }
        // Where the server ended between the queue and the list.
        await GrainFactory.GetGrain<IOwnerGrain>(state.State.Owner).Add(Id);
        _progress = null;
        await Write(state.State with { Status = JobStatus.InProgress, Attempt = ticket.Attempt });
        return state.State.Request;
    }

    /// <inheritdoc/>
    public Task<bool> Report(int attempt, JobProgress progress)
    {
        if (!IsRunning(attempt))
            return Task.FromResult(false);
        _progress = progress;
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public async Task<bool> Complete(int attempt, JobResult result)
    {
        // The answer to an earlier call may not have arrived.
        if (IsThere && state.State.Status == JobStatus.Completed && state.State.Attempt == attempt)
            return true;
        if (!IsRunning(attempt))
            return false;
        await End(state.State with { Status = JobStatus.Completed, Result = result });
        return true;
    }

    /// <inheritdoc/>
    public async Task Fail(int attempt, JobError error)
    {
        if (IsRunning(attempt))
            await End(state.State with { Status = JobStatus.Failed, Error = error });
    }

    /// <inheritdoc/>
    public async Task Requeue(int attempt)
    {
        if (IsRunning(attempt))
            await Write(state.State with { Status = JobStatus.Queued });
    }

    private bool IsRunning(int attempt) => IsThere && state.State.Status == JobStatus.InProgress && state.State.Attempt == attempt;

    private IQueueGrain Queue(string model) => GrainFactory.GetGrain<IQueueGrain>(model);

    private Task End(JobState ended) => Write(ended with { EndedAt = time.GetUtcNow() });

    private async Task Forget()
    {
        await Keep(state.ClearStateAsync);
        state.State = new JobState();
        DeactivateOnIdle();
    }

    private Task Write(JobState job)
    {
        state.State = job;
        return Keep(state.WriteStateAsync);
    }
}
