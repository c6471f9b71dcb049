using System.Text.Json;
using Afterimage.Models;

namespace Afterimage.Cli;

/// <summary>Looks into JSON files that others made.</summary>
internal static class JsonFile
{
    /// <summary>The object in a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no file of JSON, or holds no object; the message names it.</exception>
    public static JsonElement Object(string path)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(RegularFile.ReadText(path));
            return root.ValueKind == JsonValueKind.Object
                ? root
                : throw new InvalidDataException($"{path}: not a {Path.GetFileName(path)}: expected an object");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: not a {Path.GetFileName(path)}: {exception.Message}", exception);
        }
    }
}
