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
