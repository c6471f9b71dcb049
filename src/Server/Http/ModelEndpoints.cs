using Afterimage.Models;
using Afterimage.Server.Working;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterimage.Server.Http;

/// <summary><c>/v1/models</c> and <c>/health</c>.</summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", (ModelCatalog models) => Results.Ok(new
        {
            Object = "list",
            Data = models.All.Select(model => AnswerOf(model, models)),
            Caches = NamedCaches.All.Keys,
        }));
        routes.MapGet("/v1/models/{name}", (string name, ModelCatalog models) => models.Find(name) is { } model
            ? Results.Ok(AnswerOf(model, models))
            : throw new ApiException(StatusCodes.Status404NotFound, "model_not_found", "There is no such model here.") { Param = "model" });
        routes.MapGet("/health", (Drain drain) => drain.Began.IsCancellationRequested
            ? Results.Json(new { Status = "draining" }, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Ok(new { Status = "ok" }));
    }

    private static object AnswerOf(ServedModel model, ModelCatalog models) => new
    {
        Id = model.Name,
        Object = "model",
        Created = models.Since.ToUnixTimeSeconds(),
        OwnedBy = "afterimage",
        Makes = model.MakesFilms ? "videos" : "images",
    };
}
