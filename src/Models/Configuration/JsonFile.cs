using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Afterimage.Models;

/// <summary>Reads JSON that someone else made. What fails names the file.</summary>
internal static class JsonFile
{
    private const int MaxBytes = 64 << 20;

    /// <summary>A key that comes twice would mean either.</summary>
    public static JsonDocumentOptions Options { get; } = new() { AllowDuplicateProperties = false };

    /// <summary>The text of a file, in UTF-8 or what its byte order mark says.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no regular file, empty, huge, no text, or stands in for another.</exception>
    public static string Text(string path)
    {
        var bytes = RegularFile.ReadAll(path, MaxBytes);
        try
        {
            using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: expected text in UTF-8: {e.Message}", e);
        }
    }

    /// <summary>The object of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    public static JsonObject Read(string path) => Parse(Text(path), path);

    /// <summary>The object of a text; <paramref name="source"/> is what messages call it.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static JsonObject Parse(string json, string source)
    {
        try
        {
            return JsonNode.Parse(json, null, Options) as JsonObject ?? throw MalformedFile.Because(source, "not a JSON object");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: not JSON: {MalformedFile.Shown(e.Message)}", e);
        }
    }
}
