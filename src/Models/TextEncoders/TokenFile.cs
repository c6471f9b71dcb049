using System.Text.Json;

namespace Afterimage.Models;

/// <summary>Reads the JSON of a tokenizer's folder.</summary>
internal static class TokenFile
{
    /// <summary>Hands on what a file holds.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, or <paramref name="take"/> finds another form than it expects; the message names the file.</exception>
    public static void Read(string path, Action<JsonElement> take)
    {
        try
        {
            using var document = JsonDocument.Parse(RegularFile.ReadText(path), JsonFile.Options);
            take(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw new InvalidDataException($"{path}: not a file of a tokenizer: {MalformedFile.Shown(e.Message)}", e);
        }
    }
}
