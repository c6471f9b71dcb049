using Afterimage.Server.Jobs;

namespace Afterimage.Server.Working;

/// <summary>What a client is told of a generation that failed: what it can do something about, and of all else that it happened.</summary>
internal static class GenerationError
{
    /// <summary>The error of an exception.</summary>
    public static JobError Of(Exception exception) => exception switch
    {
        ArgumentException or NotSupportedException => new("invalid_request", OneLine(exception.Message)),
        InsufficientMemoryException or OutOfMemoryException => new("out_of_memory", "There was not enough memory for the generation: ask for a smaller or shorter film."),
        NotFiniteNumberException => new("not_finite", OneLine(exception.Message)),
        IOException => new("storage", "The film could not be written: the server's storage is full, or away."),
        _ => new("server_error", "The generation failed; the server's log says why."),
    };

    /// <summary>A message without lines, and without the name of a parameter that no client knows.</summary>
    public static string OneLine(string message)
    {
        var parameter = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return string.Join(' ', (parameter < 0 ? message : message[..parameter]).Split(['\r', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
