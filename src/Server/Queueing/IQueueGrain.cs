namespace Afterimage.Server.Queueing;

/// <summary>The queue of one model, under its name: who waits, and which worker has what.</summary>
internal interface IQueueGrain : IGrainWithStringKey
{
    /// <summary>Takes a job, or refuses it where there are too many.</summary>
    Task<Admission> Enqueue(string jobId, string owner, double cost);

    /// <summary>Hands out the next job, if one waits. The worker renews it in time, and ends with <see cref="Finish"/> or <see cref="Return"/>.</summary>
    Task<Ticket?> Take(string worker);

    /// <summary>The worker is at it still.</summary>
    /// <returns>Whether the job is the worker's still.</returns>
    Task<bool> Renew(string jobId, int attempt);

    /// <summary>The job waits again: its worker stops.</summary>
    Task Return(string jobId, int attempt);

    /// <summary>The job has ended.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="attempt">Of the worker.</param>
    /// <param name="seconds">How long it took; <see langword="null"/> where it was not done.</param>
    Task Finish(string jobId, int attempt, double? seconds);

    /// <summary>Takes a job out, whoever has it.</summary>
    Task Remove(string jobId);

    /// <summary>Where a job is; <see langword="null"/> of one that is not here.</summary>
    Task<QueuePlace?> Find(string jobId);

    /// <summary>How many jobs wait.</summary>
    Task<int> Count();
}
