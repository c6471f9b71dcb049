using System.Diagnostics;
using Afterimage.Models;
using Afterimage.Server.Jobs;
using Afterimage.Server.Queueing;
using Afterimage.Server.Storage;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Afterimage.Server.Working;

/// <summary>Makes a job: generates in a thread of its own, and meanwhile tells how far it is and hears whether it shall go on.</summary>
internal sealed class JobRunner(
    IGrainFactory grains, ServerOptions options, StorageFolder storage, FilmFiles files, Drain drain, ServerMetrics metrics, Device device, ILogger<JobRunner> logger) : IDisposable
{
    private static readonly TimeSpan s_betweenReports = TimeSpan.FromMilliseconds(100);
    private readonly PipelinePool _pool = new(options, device, logger);

    /// <summary>Makes the job of a ticket, and ends it in the queue.</summary>
    public async Task Run(ServedModel model, IQueueGrain queue, Ticket ticket)
    {
        var job = grains.GetGrain<IJobGrain>(ticket.JobId);
        if (await job.Start(ticket) is not { } request)
        {
            await queue.Finish(ticket.JobId, ticket.Attempt, null);
            return;
        }
        logger.LogInformation("Job {Job}, attempt {Attempt}, on {Model}", ticket.JobId, ticket.Attempt, model.Name);
        using var activity = metrics.Begin(request);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(drain.Over);
        var told = new Latest();
        var made = Task.Factory.StartNew(() => Make(model, request, ticket, told, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Watch(job, queue, ticket, told, made, stop);
        await End(job, queue, ticket, made, activity);
    }

    /// <inheritdoc/>
    public void Dispose() => _pool.Dispose();

    /// <summary>Generates and writes, in this thread.</summary>
    private JobResult Make(ServedModel model, JobRequest request, Ticket ticket, Latest told, CancellationToken cancellationToken)
    {
        var pipeline = _pool.Get(model, cancellationToken);
        var began = Stopwatch.GetTimestamp();
        var watch = new PlanWatch(pipeline, told);
        pipeline.EnableCache(CacheText.Parse(request.Cache));
        try
        {
            using var frames = pipeline.GenerateFilm(request.Prompt, model.OptionsOf(request), watch, cancellationToken);
            var (folder, film) = Write(ticket, frames, request, watch.Plan, cancellationToken);
            return new JobResult(folder, film, Stopwatch.GetElapsedTime(began).TotalSeconds, [.. pipeline.TruncatedTexts.Select(text => $"too long for the text encoder, left out: {text}")]);
        }
        finally
        {
            pipeline.DisableCache();
        }
    }

    /// <summary>Writes what was generated, all of it or nothing.</summary>
    private (string Folder, string Film) Write(Ticket ticket, Tensor frames, JobRequest request, CachePlan? plan, CancellationToken cancellationToken)
    {
        var folder = storage.NewFolder(ticket.JobId, ticket.Attempt);
        try
        {
            return (folder, files.Write(folder, frames, request, plan, cancellationToken));
        }
        catch
        {
            storage.DeleteFolder(folder);
            throw;
        }
    }

    /// <summary>Reports until it is made, and stops it where nobody wants it any more.</summary>
    private async Task Watch(IJobGrain job, IQueueGrain queue, Ticket ticket, Latest told, Task made, CancellationTokenSource stop)
    {
        var renewed = Stopwatch.GetTimestamp();
        JobProgress? last = null;
        while (await Task.WhenAny(made, Task.Delay(s_betweenReports)) != made)
        {
            try
            {
                var isWanted = true;
                if (told.Progress is { } now && now != last)
                    isWanted = await job.Report(ticket.Attempt, last = now);
                if (isWanted && Stopwatch.GetElapsedTime(renewed) > options.Lease / 3)
                {
                    isWanted = await queue.Renew(ticket.JobId, ticket.Attempt);
                    renewed = Stopwatch.GetTimestamp();
                }
                if (!isWanted)
                    stop.Cancel();
            }
            catch (Exception exception)
            {
                // What is half made is worth more than a report; the end finds out whose it is.
                logger.LogWarning(exception, "Job {Job} could not be reported on", ticket.JobId);
            }
        }
    }

    private async Task End(IJobGrain job, IQueueGrain queue, Ticket ticket, Task<JobResult> made, JobMeasurement measurement)
    {
        try
        {
            var result = await made;
            if (await Insist(() => job.Complete(ticket.Attempt, result)))
            {
                measurement.Completed();
                await queue.Finish(ticket.JobId, ticket.Attempt, result.Seconds);
                return;
            }
            storage.DeleteFolder(result.Folder);
            measurement.Cancelled();
            await queue.Finish(ticket.JobId, ticket.Attempt, null);
        }
        catch (OperationCanceledException) when (made.IsFaulted || made.IsCanceled)
        {
            measurement.Cancelled();
            // Deleted, it is in the queue no more; lost to another worker, this attempt is not; and else the server stops, and the job waits again.
            await Insist(() => queue.Return(ticket.JobId, ticket.Attempt));
        }
        catch (Exception exception) when (made.IsFaulted)
        {
            var error = GenerationError.Of(exception);
            logger.LogError(exception, "Job {Job} failed: {Code}", ticket.JobId, error.Code);
            measurement.Failed(error.Code);
            await Insist(() => job.Fail(ticket.Attempt, error));
            await queue.Finish(ticket.JobId, ticket.Attempt, null);
        }
    }

    /// <summary>Calls until it is heard, or the server ends: what was made is not thrown away since a storage is away for a while.</summary>
    private async Task<T> Insist<T>(Func<Task<T>> call)
    {
        for (var delay = TimeSpan.FromMilliseconds(100); ; delay = TimeSpan.FromSeconds(Math.Min(5, 2 * delay.TotalSeconds)))
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (!drain.Over.IsCancellationRequested)
            {
                logger.LogWarning(exception, "Nobody heard how a job ended; it is said again");
                await Task.Delay(delay, drain.Over);
            }
        }
    }

    private Task Insist(Func<Task> call) => Insist(async () =>
    {
        await call();
        return true;
    });

    /// <summary>What a generation said last.</summary>
    internal sealed class Latest
    {
        private volatile JobProgress? _progress;

        public JobProgress? Progress
        {
            get => _progress;
            set => _progress = value;
        }
    }
}
