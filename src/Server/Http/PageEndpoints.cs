using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Afterimage.Server.Http;

/// <summary>The page at <c>/</c>: a prompt, a cache, progress, and the film beside the uncached one.</summary>
internal static class PageEndpoints
{
    // Nothing but what is here is loaded or run, films aside, which the page itself makes of answers.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; media-src blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (path, file, type) in new[] { ("/", "page.html", "text/html"), ("/page.js", "page.js", "text/javascript"), ("/page.css", "page.css", "text/css") })
        {
            using var resource = typeof(PageEndpoints).Assembly.GetManifestResourceStream(file)!;
            using var content = new MemoryStream();
            resource.CopyTo(content);
            var bytes = content.ToArray();
            routes.MapGet(path, (HttpResponse response) =>
            {
                response.Headers.ContentSecurityPolicy = Policy;
                response.Headers.XContentTypeOptions = "nosniff";
                return Results.Bytes(bytes, $"{type}; charset=utf-8");
            });
        }
    }
}
