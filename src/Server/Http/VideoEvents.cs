using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace Afterimage.Server.Http;

/// <summary><c>GET /v1/videos/{id}/events</c>: the job at every change until it ends, as server-sent events.</summary>
internal static class VideoEvents
{
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(200);

    // Proxies close what says nothing for a minute.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    public static async Task<IResult> Of(string id, HttpContext context, JobStore jobs)
    {
        var owner = KeyGate.OwnerOf(context);
        await jobs.Get(owner, id);
        return TypedResults.ServerSentEvents(Stream(owner, id, jobs, context.RequestAborted));
    }

    /// <summary>Asks again and again, which costs a call in memory: so it goes on wherever the job and its storage go meanwhile.</summary>
    private static async IAsyncEnumerable<SseItem<VideoAnswer>> Stream(string owner, string id, JobStore jobs, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        VideoAnswer? last = null;
        var told = DateTimeOffset.MinValue;
        using var timer = new PeriodicTimer(s_between);
        do
        {
            VideoAnswer now;
            try
            {
                now = await jobs.Answer(owner, id);
            }
            catch (ApiException) when (last is not null)
            {
                yield break; // It was deleted.
            }
            // Estimates change all the time, and are told with what changes.
            if (last is null || now with { EstimatedCompletedAt = last.EstimatedCompletedAt, Notes = last.Notes } != last || DateTimeOffset.UtcNow - told > s_silence)
            {
                yield return new SseItem<VideoAnswer>(now, now.Status switch { Jobs.JobStatus.Completed => "completed", Jobs.JobStatus.Failed => "failed", _ => "progress" });
                (last, told) = (now, DateTimeOffset.UtcNow);
            }
            if (now.Status is Jobs.JobStatus.Completed or Jobs.JobStatus.Failed)
                yield break;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
