namespace Afterimage.Server.Jobs;

/// <summary>The jobs of one key.</summary>
internal interface IOwnerGrain : IGrainWithStringKey
{
    /// <summary>Adds a job; nothing where it is there.</summary>
    Task Add(string jobId);

    /// <summary>Removes a job; nothing where it is not there.</summary>
    Task Remove(string jobId);

    /// <summary>A page of the jobs' ids.</summary>
    /// <param name="after">The id before the page's first; <see langword="null"/> for the beginning.</param>
    /// <param name="limit">The most of them.</param>
    /// <param name="isAscending">Whether the oldest come first.</param>
    Task<JobPage> List(string? after, int limit, bool isAscending);
}
