using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The recorded autoencoders of videos other than CogVideoX's, by the names of their folders.</summary>
internal static class RecordedVideoAutoencoder
{
    public const string Ltx = "vae-ltx-tiny";
    public const string ConditionedLtx = "vae-ltx091-tiny";
    public const string Hunyuan = "vae-hunyuan-tiny";
    public const string Mochi = "vae-mochi-tiny";

    public static IReadOnlyList<string> Folders { get; } = [Ltx, ConditionedLtx, Hunyuan, Mochi];

    public static StridedAutoencoder Load(string folder, ScalarType? dtype = null)
    {
        var path = Recording.PathOf(folder, "model");
        return folder switch
        {
            Hunyuan => AutoencoderKLHunyuanVideo.FromPretrained(path, dtype),
            Mochi => AutoencoderKLMochi.FromPretrained(path, dtype),
            _ => AutoencoderKLLTXVideo.FromPretrained(path, dtype),
        };
    }

    /// <summary>The model as it was when an entry of the index was recorded.</summary>
    public static StridedAutoencoder Load(string folder, string kind, string name)
    {
        var entry = Entries(folder, kind).GetProperty(name);
        var model = Load(folder);
        model.UseSlicing = entry.GetProperty("slicing").GetBoolean();
        if (entry.TryGetProperty("attributes", out var attributes))
        {
            foreach (var attribute in attributes.EnumerateObject())
                Set(model, attribute);
        }
        if (entry.GetProperty("tiling").GetBoolean())
            model.EnableTiling();
        return model;
    }

    /// <summary>The names of what was recorded.</summary>
    public static IEnumerable<object[]> Names(string kind) =>
        from folder in Folders
        let entries = Entries(folder, kind)
        where entries.ValueKind == JsonValueKind.Object
        from entry in entries.EnumerateObject()
        select (object[])[folder, entry.Name];

    public static long LatentChannels(this Autoencoder model) => model switch
    {
        AutoencoderKLLTXVideo ltx => ltx.Config.LatentChannels,
        AutoencoderKLHunyuanVideo hunyuan => hunyuan.Config.LatentChannels,
        _ => ((AutoencoderKLMochi)model).Config.LatentChannels,
    };

    /// <summary>Decodes for a timestep where the model asks for one.</summary>
    public static Tensor DecodeAny(this Autoencoder model, Tensor latents, CancellationToken cancellationToken = default)
    {
        if (model is not AutoencoderKLLTXVideo { Config.TimestepConditioning: true } ltx)
            return model.Decode(latents, cancellationToken);
        using var temb = TensorArithmetic.Full([latents.size(0)], 0.05, latents.dtype);
        return ltx.Decode(latents, temb, cancellationToken);
    }

    private static JsonElement Entries(string folder, string kind) =>
        Recording.Json(folder, "index.json").TryGetProperty(kind, out var entries) ? entries : default;

    private static void Set(object model, JsonProperty attribute)
    {
        var name = string.Concat(attribute.Name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        var property = model.GetType().GetProperty(name)!;
        property.SetValue(model, attribute.Value.Deserialize(property.PropertyType));
    }
}
