using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Afterimage.Server.Http;

/// <summary>An error as OpenAI's clients read it.</summary>
/// <param name="Error">What went wrong.</param>
internal sealed record ErrorAnswer(ErrorAnswer.Detail Error)
{
    /// <summary>What went wrong.</summary>
    /// <param name="Message">For people.</param>
    /// <param name="Type">The kind.</param>
    /// <param name="Param">The field that it is about, if it is about one.</param>
    /// <param name="Code">For programs.</param>
    internal sealed record Detail(string Message, string Type, string? Param, string? Code);

    /// <summary>Answers with an error, in the place of whatever was to be answered.</summary>
    public static Task Write(HttpContext context, int status, string code, string message, string? param = null, TimeSpan? retryAfter = null)
    {
        context.Response.Clear();
        context.Response.StatusCode = status;
        if (retryAfter is { } wait)
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (status == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return context.Response.WriteAsJsonAsync(new ErrorAnswer(new Detail(message, TypeOf(status), param, code)));
    }

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}
