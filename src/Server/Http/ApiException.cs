using Microsoft.AspNetCore.Http;

namespace Afterimage.Server.Http;

/// <summary>A request that is answered with an error.</summary>
/// <param name="status">Of HTTP.</param>
/// <param name="code">For programs.</param>
/// <param name="message">For people.</param>
internal sealed class ApiException(int status, string code, string message) : Exception(message)
{
    /// <summary>Of HTTP.</summary>
    public int Status => status;

    /// <summary>For programs.</summary>
    public string Code => code;

    /// <summary>The field that it is about, if it is about one.</summary>
    public string? Param { get; init; }

    /// <summary>When to ask again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A field's value cannot be taken.</summary>
    public static ApiException Invalid(string param, string message) => new(StatusCodes.Status400BadRequest, "invalid_value", message) { Param = param };

    /// <summary>There is no such job, or it is another key's, which nobody is told.</summary>
    public static ApiException NoJob(string id) =>
        new(StatusCodes.Status404NotFound, "not_found", $"There is no video '{(Storage.StorageFolder.IsId(id) ? id : "of this id")}'.") { Param = "video_id" };
}
