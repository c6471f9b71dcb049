using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Reads the recordings of tests/Goldens.</summary>
internal static class Recording
{
    public static string PathOf(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Goldens", .. parts]);

    public static JsonElement Json(params string[] parts)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(PathOf(parts)));
        return document.RootElement.Clone();
    }

    /// <summary>The arguments of a recording that are not tensors; of a trace those of one of its calls.</summary>
    public static Dictionary<string, JsonElement> Scalars(string model, string path, string call = "")
    {
        var prefix = call.Length == 0 ? "" : call + '.';
        return Json(model, path).GetProperty("scalar_inputs").EnumerateObject()
            .Where(scalar => scalar.Name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(scalar => scalar.Name[prefix.Length..], scalar => scalar.Value);
    }

    /// <summary>All tensors of a file, in the current dispose scope.</summary>
    public static Dictionary<string, Tensor> Tensors(params string[] parts)
    {
        using var file = SafetensorsFile.Open(PathOf(parts));
        return file.Entries.Keys.ToDictionary(name => name, name => file.ReadTensor(name));
    }

    public static RotaryEmbedding? Rotary(Dictionary<string, Tensor> inputs, string prefix = "") =>
        inputs.TryGetValue(prefix + "image_rotary_emb.0", out var cos)
            ? new RotaryEmbedding(cos, inputs[prefix + "image_rotary_emb.1"])
            : null;
}
