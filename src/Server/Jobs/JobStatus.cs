namespace Afterimage.Server.Jobs;

/// <summary>How far a job is.</summary>
internal enum JobStatus
{
    /// <summary>It waits, or goes to another worker.</summary>
    Queued,

    /// <summary>A worker is at it.</summary>
    InProgress,

    /// <summary>Its files are there.</summary>
    Completed,

    /// <summary>It ended without files; its error says why.</summary>
    Failed,
}
