using Afterimage.Server.Jobs;
using Afterimage.Server.Storage;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterimage.Server.Http;

/// <summary><c>/v1/videos</c>.</summary>
internal static class VideoEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var videos = routes.MapGroup("/v1/videos");
        videos.MapPost("", Create);
        videos.MapGet("", List);
        videos.MapGet("/{id}", async (string id, HttpContext context, JobStore jobs) => Results.Ok(await jobs.Answer(KeyGate.OwnerOf(context), id)));
        videos.MapGet("/{id}/content", Content);
        videos.MapGet("/{id}/events", VideoEvents.Of);
        videos.MapGet("/{id}/plan", VideoPlan.Of);
        videos.MapDelete("/{id}", async (string id, HttpContext context, JobStore jobs) =>
        {
            await jobs.Delete(KeyGate.OwnerOf(context), id);
            return Results.Ok(new { Id = id, Object = "video.deleted", Deleted = true });
        });
    }

    private static async Task<IResult> Create(HttpContext context, ServerOptions options, JobRequestReader reader, JobStore jobs)
    {
        var owner = KeyGate.OwnerOf(context);
        var fields = await RequestFields.Read(context.Request, options.Limits, context.RequestAborted);
        return Results.Ok(await jobs.Answer(owner, await jobs.Create(owner, reader.Film(fields))));
    }

    private static async Task<IResult> List(HttpContext context, JobStore jobs, string? after, string? order, string? limit)
    {
        const int Usual = 20, Most = 100;
        if (order is not (null or "asc" or "desc"))
            throw ApiException.Invalid("order", "Expected order to be asc or desc.");
        var most = Usual;
        if (limit is not null && !(int.TryParse(limit, out most) && most is >= 1 and <= Most))
            throw ApiException.Invalid("limit", $"Expected limit to be a whole number of 1 to {Most}.");
        var (page, hasMore) = await jobs.List(KeyGate.OwnerOf(context), after, most, order == "asc");
        return Results.Ok(new { Object = "list", Data = page, FirstId = page.FirstOrDefault()?.Id, LastId = page.LastOrDefault()?.Id, HasMore = hasMore });
    }

    private static async Task<IResult> Content(string id, HttpContext context, JobStore jobs, StorageFolder storage, string? variant)
    {
        var job = await jobs.Get(KeyGate.OwnerOf(context), id);
        if (job.Result is not { } result)
        {
            throw new ApiException(
                StatusCodes.Status404NotFound, "not_ready", job.Status == JobStatus.Failed ? "The video failed, and there is nothing of it." : "The video is not done yet: ask for its status.");
        }
        var file = variant switch
        {
            null or "video" => result.Film,
            "thumbnail" => FilmFiles.Thumbnail,
            "spritesheet" => FilmFiles.Spritesheet,
            _ => throw ApiException.Invalid("variant", "Expected variant to be video, thumbnail or spritesheet."),
        };
        var path = storage.PathOf(result.Folder, file);
        // Of a film of one frame.
        if (!File.Exists(path) && file != result.Film)
            path = storage.PathOf(result.Folder, result.Film);
        if (!File.Exists(path))
            throw new ApiException(StatusCodes.Status404NotFound, "not_found", "The video's file is gone from the server's storage.");
        // What a client has sent can be in what it is given back: no browser shall make more of it than it is.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.File(path, FilmFiles.TypeOf(path), enableRangeProcessing: true, lastModified: job.EndedAt);
    }
}
