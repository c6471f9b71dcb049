using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Afterimage.Server.Http;

/// <summary>
/// Lets nobody in without a key. All but what is named here needs one, whatever the path looks like. And no other site's page speaks for a user of a browser: what
/// comes with another origin, or, where there are no keys, under another name than this machine's own, is refused.
/// </summary>
internal sealed class KeyGate(RequestDelegate next, ServerOptions options, ILogger<KeyGate> logger)
{
    private const string Scheme = "Bearer ";
    private static readonly HashSet<string> s_open = ["/", "/health", "/page.js", "/page.css"];
    private readonly Dictionary<string, ApiKey> _keys = options.Keys.ToDictionary(key => key.Owner);

    public async Task InvokeAsync(HttpContext context)
    {
        if (IsOfAnotherSite(context.Request))
        {
            await ErrorAnswer.Write(context, StatusCodes.Status403Forbidden, "other_origin", "Requests of other sites' pages are refused.");
            return;
        }
        if (_keys.Count == 0)
            context.Items[typeof(KeyGate)] = "anyone";
        else if (KeyOf(context.Request) is { } key)
            context.Items[typeof(KeyGate)] = key.Owner;
        else if (!s_open.Contains(context.Request.Path.Value ?? ""))
        {
            logger.LogInformation("{Method} {Path} without a valid key, from {Address}", context.Request.Method, context.Request.Path, context.Connection.RemoteIpAddress);
            await ErrorAnswer.Write(
                context, StatusCodes.Status401Unauthorized, "invalid_api_key", "This server asks for an API key, and got none that it knows: send one as Authorization: Bearer KEY.");
            return;
        }
        await next(context);
    }

    /// <summary>Whose a request is that has come through.</summary>
    public static string OwnerOf(HttpContext context) => (string)context.Items[typeof(KeyGate)]!;

    private ApiKey? KeyOf(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? _keys.GetValueOrDefault(ApiKey.OwnerOf(header[Scheme.Length..].Trim()))
            : null;

    private bool IsOfAnotherSite(HttpRequest request)
    {
        if (request.Headers.Origin is { Count: > 0 } origin && !(origin is [{ } one] && Uri.TryCreate(one, UriKind.Absolute, out var from) && from.Authority == request.Host.Value))
            return true;
        return _keys.Count == 0 && !(request.Host.Host == "localhost" || IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }
}
