using Afterimage.Server.Queueing;
using Orleans.Concurrency;

namespace Afterimage.Server.Jobs;

/// <summary>One job, under its id: its state. It computes nothing.</summary>
internal interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Keeps a new job, puts it into its model's queue and into its owner's list.</summary>
    /// <returns>What the queue says; a job that it refuses is not there.</returns>
    Task<Admission> Create(string owner, JobRequest request, JobSizes sizes);

    /// <summary>The state, or <see langword="null"/> where there is no such job.</summary>
    Task<JobState?> Get();

    /// <summary>Cancels and forgets it; its worker hears that when it next reports.</summary>
    Task Delete();

    /// <summary>Begins an attempt.</summary>
    /// <returns>What to generate, or <see langword="null"/> where there is nothing to do: it is over, deleted, begun anew elsewhere, or has lost too many workers.</returns>
    Task<JobRequest?> Start(Ticket ticket);

    /// <summary>Tells how far an attempt is.</summary>
    /// <returns>Whether it shall go on.</returns>
    Task<bool> Report(int attempt, JobProgress progress);

    /// <summary>Ends it with what it made.</summary>
    /// <returns>Whether that is now the job's; if not, the files are the worker's to delete.</returns>
    Task<bool> Complete(int attempt, JobResult result);

    /// <summary>Ends it with an error, if the attempt is the job's last.</summary>
    Task Fail(int attempt, JobError error);

    /// <summary>An attempt came to nothing, and the job waits again. Nobody waits for this call, so that a queue can make it.</summary>
    [OneWay]
    Task Requeue(int attempt);
}
