using Afterimage.Server.Jobs;
using Afterimage.Server.Storage;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterimage.Server.Http;

/// <summary><c>/v1/images/generations</c>: a job as any other, waited for, whose pictures are the answer and are kept nowhere else.</summary>
internal static class ImageEndpoints
{
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(50);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/images/generations", Generate);

    private static async Task<IResult> Generate(HttpContext context, ServerOptions options, JobRequestReader reader, JobStore jobs, StorageFolder storage)
    {
        var owner = KeyGate.OwnerOf(context);
        var request = reader.Pictures(await RequestFields.Read(context.Request, options.Limits, context.RequestAborted));
        var id = await jobs.Create(owner, request);
        try
        {
            var job = await Ended(jobs, owner, id, context.RequestAborted);
            if (job.Error is { } error)
                throw new ApiException(StatusCodes.Status500InternalServerError, error.Code, error.Message);
            var pictures = Enumerable.Range(0, request.Results).Select(i => File.ReadAllBytes(storage.PathOf(job.Result!.Folder, FilmFiles.PictureName(i))));
            return Results.Ok(new
            {
                Created = job.EndedAt!.Value.ToUnixTimeSeconds(),
                Data = pictures.Select(bytes => new { B64Json = Convert.ToBase64String(bytes) }).ToList(),
                OutputFormat = "png",
                Size = $"{job.Sizes.Width}x{job.Sizes.Height}",
            });
        }
        finally
        {
            // Whether they were made, or the client went.
            await jobs.Delete(owner, id);
        }
    }

    private static async Task<JobState> Ended(JobStore jobs, string owner, string id, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await jobs.Get(owner, id) is { HasEnded: true } job)
                return job;
            await Task.Delay(s_between, cancellationToken);
        }
    }
}
