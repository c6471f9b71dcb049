using Afterimage.Server.Jobs;
using Afterimage.Server.Queueing;
using Afterimage.Server.Storage;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Http;

namespace Afterimage.Server.Http;

/// <summary>What requests do with jobs. Whoever asks for another's is told that there is none.</summary>
internal sealed class JobStore(
    IGrainFactory grains, ModelCatalog models, StorageFolder storage, Drain drain, WorkSignal signal, ServerMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan s_restart = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_room = TimeSpan.FromSeconds(60);

    /// <summary>Takes a job in.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="request">What it generates.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="ApiException">It cannot be generated, or not now.</exception>
    public async Task<string> Create(string owner, JobRequest request)
    {
        if (drain.Began.IsCancellationRequested)
            throw Later(StatusCodes.Status503ServiceUnavailable, "draining", "The server is about to end and takes no more jobs.", s_restart);
        if (!storage.HasRoom)
            throw Later(StatusCodes.Status503ServiceUnavailable, "storage_full", "The server's storage is full: delete videos that you no longer need, or ask later.", s_room);
        var id = StorageFolder.NewId();
        var admission = await grains.GetGrain<IJobGrain>(id).Create(owner, request, Price(request).Sizes);
        if (!admission.IsAdmitted)
        {
            metrics.Refused(request.Model);
            throw Later(
                StatusCodes.Status429TooManyRequests,
                admission.IsOwnLimit ? "rate_limit_exceeded" : "queue_full",
                admission.IsOwnLimit ? "Too many of your jobs wait already: wait for some to end." : "Too many jobs wait already.",
                admission.RetryAfter);
        }
        signal.Set();
        return id;
    }

    /// <summary>What a request will do, and what that costs.</summary>
    /// <exception cref="ApiException">It cannot be generated.</exception>
    public PricedPlan Price(JobRequest request)
    {
        try
        {
            return models.Find(request.Model)!.Price(request);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidDataException or InsufficientMemoryException)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, exception is InsufficientMemoryException ? "too_large" : "invalid_value", GenerationError.OneLine(exception.Message));
        }
    }

    /// <summary>A job's state.</summary>
    /// <exception cref="ApiException">There is none of this owner's.</exception>
    public async Task<JobState> Get(string owner, string id) =>
        StorageFolder.IsId(id) && await grains.GetGrain<IJobGrain>(id).Get() is { } job && job.Owner == owner ? job : throw ApiException.NoJob(id);

    /// <summary>A job as it is answered.</summary>
    /// <exception cref="ApiException">There is none of this owner's.</exception>
    public async Task<VideoAnswer> Answer(string owner, string id) => await Answer(id, await Get(owner, id));

    /// <summary>A page of an owner's jobs.</summary>
    public async Task<(IReadOnlyList<VideoAnswer> Jobs, bool HasMore)> List(string owner, string? after, int limit, bool isAscending)
    {
        var page = await grains.GetGrain<IOwnerGrain>(owner).List(after, limit, isAscending);
        var jobs = await Task.WhenAll(page.Ids.Select(async id => (Id: id, State: await grains.GetGrain<IJobGrain>(id).Get())));
        return (await Task.WhenAll(jobs.Where(job => job.State is not null).Select(job => Answer(job.Id, job.State!))), page.HasMore);
    }

    /// <summary>Cancels a job, or deletes what it made.</summary>
    /// <exception cref="ApiException">There is none of this owner's.</exception>
    public async Task Delete(string owner, string id)
    {
        await Get(owner, id);
        await grains.GetGrain<IJobGrain>(id).Delete();
    }

    private async Task<VideoAnswer> Answer(string id, JobState job) =>
        VideoAnswer.Of(id, job, job.HasEnded ? null : await grains.GetGrain<IQueueGrain>(job.Request!.Model).Find(id), time.GetUtcNow());

    private static ApiException Later(int status, string code, string message, TimeSpan after) => new(status, code, message) { RetryAfter = after };
}
