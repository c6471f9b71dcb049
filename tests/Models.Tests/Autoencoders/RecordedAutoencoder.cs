using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The recorded autoencoders whose index has the attributes that tile them.</summary>
internal static class RecordedAutoencoder
{
    public static string[] Folders { get; } = ["vae-kl-tiny", "vae-kl-sd-tiny", "vae-wan-tiny", "vae-wan22-tiny", "vae-allegro-tiny"];

    /// <summary>Of settings that no published model has.</summary>
    private static string[] UnusualFolders { get; } = ["vae-kl-attention-tiny", "vae-wan-shallow-tiny", "vae-wan22-shallow-tiny", "vae-allegro-shallow-tiny"];

    /// <summary>Folder and name of every recorded call of a kind, <c>decode</c> or <c>encode</c>.</summary>
    public static IEnumerable<object[]> Entries(string kind) =>
        from folder in Folders.Concat(UnusualFolders)
        from entry in Index(folder).GetProperty(kind).EnumerateObject()
        select (object[])[folder, entry.Name];

    public static JsonElement Index(string folder) => Recording.Json(folder, "index.json");

    /// <summary>The autoencoder, set as it was for a recorded call.</summary>
    public static Autoencoder Load(string folder, string kind, string name)
    {
        var settings = Index(folder).GetProperty(kind).GetProperty(name);
        var model = Load(folder);
        if (settings.GetProperty("tiling").GetBoolean())
            Tile(model, settings.GetProperty("attributes"));
        model.UseSlicing = settings.GetProperty("slicing").GetBoolean();
        return model;
    }

    public static Autoencoder Load(string folder) => (Autoencoder)ModelClasses.Find<Autoencoder>(Index(folder).GetProperty("model_class").GetString(), folder)
        .FromPretrained(Recording.PathOf(folder, "model"), ScalarType.Float32, CPU);

    /// <summary>Sets the properties that have the attributes' names.</summary>
    private static void Tile(Autoencoder model, JsonElement attributes)
    {
        foreach (var attribute in attributes.EnumerateObject())
        {
            var property = model.GetType().GetProperties().Single(property => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name) == attribute.Name);
            property.SetValue(model, Value(attribute.Value));
        }
        model.EnableTiling();
    }

    private static object Value(JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? (value[0].GetInt32(), value[1].GetInt32(), value[2].GetInt32())
        : value.TryGetInt32(out var number) ? (object)number : value.GetDouble();
}
