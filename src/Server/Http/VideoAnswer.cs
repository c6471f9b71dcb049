using System.Globalization;
using Afterimage.Server.Jobs;
using Afterimage.Server.Queueing;

namespace Afterimage.Server.Http;

/// <summary>A job as OpenAI's clients read a video, with some fields more.</summary>
internal sealed record VideoAnswer
{
    public required string Id { get; init; }

    public string Object => "video";

    public required string Model { get; init; }

    public required JobStatus Status { get; init; }

    /// <summary>0 to 100.</summary>
    public required int Progress { get; init; }

    public required long CreatedAt { get; init; }

    public required long? CompletedAt { get; init; }

    public long? ExpiresAt => null;

    public required string Prompt { get; init; }

    public required string Size { get; init; }

    public required string Seconds { get; init; }

    public required JobError? Error { get; init; }

    public string? RemixedFromVideoId => null;

    /// <summary>What is being done: encoding, denoising or decoding.</summary>
    public required string? Stage { get; init; }

    /// <summary>How many jobs are handed out before it, as things stand.</summary>
    public required int? QueuePosition { get; init; }

    /// <summary>When it ends, by the plan's price and what a unit of it took lately.</summary>
    public required long? EstimatedCompletedAt { get; init; }

    public required int NumFrames { get; init; }

    public required double Fps { get; init; }

    public required int NumInferenceSteps { get; init; }

    public required long Seed { get; init; }

    public required string Cache { get; init; }

    public required double? InferenceTimeS { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The answer of a state.</summary>
    /// <param name="id">The job's id.</param>
    /// <param name="job">Its state.</param>
    /// <param name="place">Where it is in its queue, if it is.</param>
    /// <param name="now">The time.</param>
    public static VideoAnswer Of(string id, JobState job, QueuePlace? place, DateTimeOffset now)
    {
        var request = job.Request!;
        var share = job.Progress?.Share ?? 0;
        var seconds = (double)job.Sizes.Frames / request.FramesPerSecond;
        var remaining = job.Status == JobStatus.Queued ? place?.SecondsUntilStart + place?.Seconds : place?.Seconds * (1 - share);
        return new VideoAnswer
        {
            Id = id,
            Model = request.Model,
            Status = job.Status,
            Progress = job.Status switch { JobStatus.Completed => 100, JobStatus.InProgress => (int)Math.Min(99, 100 * share), _ => 0 },
            CreatedAt = job.CreatedAt.ToUnixTimeSeconds(),
            CompletedAt = job.Status == JobStatus.Completed ? job.EndedAt?.ToUnixTimeSeconds() : null,
            Prompt = request.Prompt,
            Size = string.Create(CultureInfo.InvariantCulture, $"{job.Sizes.Width}x{job.Sizes.Height}"),
            Seconds = seconds.ToString("0.###", CultureInfo.InvariantCulture),
            Error = job.Error,
            Stage = job.Status == JobStatus.InProgress ? job.Progress?.Stage : null,
            QueuePosition = job.Status == JobStatus.Queued ? place?.Ahead : null,
            EstimatedCompletedAt = job.HasEnded || remaining is not { } left ? null : now.AddSeconds(Math.Min(left, TimeSpan.FromDays(365).TotalSeconds)).ToUnixTimeSeconds(),
            NumFrames = job.Sizes.Frames,
            Fps = request.FramesPerSecond,
            NumInferenceSteps = request.Steps,
            Seed = request.Seed,
            Cache = request.Cache,
            InferenceTimeS = job.Result?.Seconds,
            Notes = job.Result?.Notes ?? [],
        };
    }
}
