using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>Reads the JSON and the tensors of recordings; whatever is wrong with a file is an error that names it.</summary>
internal static class RecordingFile
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Reads a JSON file.</summary>
    /// <exception cref="InvalidDataException">It is not JSON of that form.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(RegularFile.ReadText(path), Options) ?? throw new JsonException("it holds null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path}: not a recording: {exception.Message}", exception);
        }
    }

    /// <summary>Reads all tensors of a file. The caller owns them.</summary>
    public static Dictionary<string, Tensor> Tensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Entries.Keys.ToDictionary(name => name, name => file.ReadTensor(name));
    }

    /// <summary>The tensor of that name, or an error that names the file.</summary>
    public static Tensor Named(this Dictionary<string, Tensor> tensors, string name, string path) =>
        tensors.TryGetValue(name, out var tensor) ? tensor : throw new InvalidDataException($"{path}: has no tensor '{name}'.");
}
