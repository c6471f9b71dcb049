using System.Text.Json.Nodes;
using Afterimage.Server.Storage;
using Afterimage.Server.Working;
using Afterimage.Video;
using Microsoft.AspNetCore.Http;

namespace Afterimage.Server.Http;

/// <summary><c>GET /v1/videos/{id}/plan</c>: what the cache skips, as JSON, or as a picture for who accepts image/png.</summary>
internal static class VideoPlan
{
    public static async Task<IResult> Of(string id, HttpContext context, JobStore jobs, StorageFolder storage)
    {
        var job = await jobs.Get(KeyGate.OwnerOf(context), id);
        var priced = jobs.Price(job.Request!);
        // What it did, where that is known: a cache may decide while it runs.
        var done = job.Result is { } result && storage.PathOf(result.Folder, FilmFiles.Plan) is var path && File.Exists(path) ? CachePlan.Load(path) : null;
        var plan = done ?? priced.Plans.FirstOrDefault();
        if (context.Request.Headers.Accept.Any(accept => accept?.Contains("image/png", StringComparison.OrdinalIgnoreCase) == true))
            return Picture(plan);
        return Results.Ok(new
        {
            Object = "video.plan",
            VideoId = id,
            job.Request!.Cache,
            priced.Flops,
            priced.UncachedFlops,
            FlopsSaved = priced.UncachedFlops > 0 ? 1 - priced.Flops / priced.UncachedFlops : 0,
            priced.HistoryBytes,
            Notes = plan?.Notes ?? [],
            IsWhatWasDone = done is not null,
            Plan = plan is null ? null : JsonNode.Parse(plan.ToJson()),
        });
    }

    private static IResult Picture(CachePlan? plan)
    {
        if (plan is null)
            throw new ApiException(StatusCodes.Status404NotFound, "no_plan", "Without a cache there is no plan to draw.");
        var picture = new MemoryStream();
        plan.DrawPng(picture);
        picture.Position = 0;
        return Results.File(picture, "image/png");
    }
}
