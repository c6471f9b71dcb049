using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Afterimage.Server.Http;

/// <summary>Makes an answer of every error: of what is refused, of what has no route, and of what nobody thought of.</summary>
internal sealed class ErrorGate(RequestDelegate next, ILogger<ErrorGate> logger)
{
    private static readonly TimeSpan s_later = TimeSpan.FromSeconds(5);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
                await ErrorAnswer.Write(context, context.Response.StatusCode, CodeOf(context.Response.StatusCode), $"{context.Request.Method} {context.Request.Path} is not served here.");
        }
        catch (Exception exception) when (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be told, or it is too late to.
            logger.LogDebug(exception, "A client went, or an answer broke off");
            context.Abort();
        }
        catch (ApiException exception)
        {
            await ErrorAnswer.Write(context, exception.Status, exception.Code, exception.Message, exception.Param, exception.RetryAfter);
        }
        catch (BadHttpRequestException exception)
        {
            await ErrorAnswer.Write(context, exception.StatusCode, CodeOf(exception.StatusCode), exception.Message);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or IOException or RedisException)
        {
            logger.LogError(exception, "{Method} {Path}: the storage of jobs does not answer", context.Request.Method, context.Request.Path);
            await ErrorAnswer.Write(context, StatusCodes.Status503ServiceUnavailable, "storage_unavailable", "The storage of jobs does not answer: ask again.", retryAfter: s_later);
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            await ErrorAnswer.Write(context, StatusCodes.Status500InternalServerError, "internal_error", "The server failed at this request; its log says why.");
        }
    }

    private static string CodeOf(int status) => status switch
    {
        StatusCodes.Status404NotFound => "not_found",
        StatusCodes.Status405MethodNotAllowed => "method_not_allowed",
        StatusCodes.Status408RequestTimeout => "request_timeout",
        StatusCodes.Status413PayloadTooLarge => "request_too_large",
        StatusCodes.Status415UnsupportedMediaType => "unsupported_media_type",
        StatusCodes.Status416RangeNotSatisfiable => "range_not_satisfiable",
        _ => "invalid_request",
    };
}
