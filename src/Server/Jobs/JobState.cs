namespace Afterimage.Server.Jobs;

/// <summary>All that is kept of a job.</summary>
[GenerateSerializer]
internal sealed record JobState
{
    /// <summary>Whose it is.</summary>
    [Id(0)]
    public string Owner { get; init; } = "";

    /// <summary>What it generates; <see langword="null"/> of a job that is not there.</summary>
    [Id(1)]
    public JobRequest? Request { get; init; }

    /// <summary>The sizes of what it generates.</summary>
    [Id(2)]
    public JobSizes Sizes { get; init; } = new(0, 0, 0, 0);

    /// <summary>How far it is.</summary>
    [Id(3)]
    public JobStatus Status { get; init; }

    /// <summary>How often it was begun. What an earlier attempt says is not heard.</summary>
    [Id(4)]
    public int Attempt { get; init; }

    /// <summary>When it was asked for.</summary>
    [Id(5)]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended.</summary>
    [Id(6)]
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>What it made.</summary>
    [Id(7)]
    public JobResult? Result { get; init; }

    /// <summary>Why it failed.</summary>
    [Id(8)]
    public JobError? Error { get; init; }

    /// <summary>How far its attempt is, as far as it was told; kept in memory alone.</summary>
    [Id(9)]
    public JobProgress? Progress { get; init; }

    /// <summary>Whether nothing will change any more.</summary>
    public bool HasEnded => Status is JobStatus.Completed or JobStatus.Failed;
}
