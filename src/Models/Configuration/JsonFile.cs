using System.Text.Json;
using System.Text.Json.Nodes;

namespace Afterimage.Models;

/// <summary>Reads JSON that someone else made. What fails names the file.</summary>
internal static class JsonFile
{
    /// <summary>A key that comes twice would mean either.</summary>
    public static JsonDocumentOptions Options { get; } = new() { AllowDuplicateProperties = false };

    /// <summary>The object of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It holds none.</exception>
    public static JsonObject Read(string path) => Parse(RegularFile.ReadText(path), path);

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
