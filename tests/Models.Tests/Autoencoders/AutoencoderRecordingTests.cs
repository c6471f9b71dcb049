using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class AutoencoderRecordingTests
{
    private const string Case = "vae-cogvideox-tiny";
    private const double Limit = 1e-4;

    private static IEnumerable<string> Decodings => Names("decode");

    private static IEnumerable<string> Encodings => Names("encode");

    [TestMethod]
    [DynamicData(nameof(Decodings))]
    public void Decode_AsRecorded_GivesTheRecordedVideo(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Model("decode", name);
        var tensors = Recording.Tensors(Case, name + ".safetensors");
        TensorAssert.Close(tensors["sample"], model.Decode(tensors["z"]), Limit, name);
    }

    [TestMethod]
    [DynamicData(nameof(Encodings))]
    public void Encode_AsRecorded_GivesTheRecordedMoments(string name)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var model = Model("encode", name);
        var tensors = Recording.Tensors(Case, name + ".safetensors");
        using var posterior = model.Encode(tensors["x"]);
        TensorAssert.Close(tensors["moments"], posterior.Moments, Limit, name);
        TensorAssert.Close(tensors["mode"], posterior.Mode(), Limit, name);
        TensorAssert.Close(tensors["std"], posterior.Std, Limit, name);
    }

    private static IEnumerable<string> Names(string kind) =>
        Recording.Json(Case, "index.json").GetProperty(kind).EnumerateObject().Select(entry => entry.Name).ToArray();

    private static AutoencoderKLCogVideoX Model(string kind, string name)
    {
        var settings = Recording.Json(Case, "index.json").GetProperty(kind).GetProperty(name);
        var model = AutoencoderKLCogVideoX.FromPretrained(Recording.PathOf(Case, "model"));
        if (settings.GetProperty("tiling").GetBoolean())
        {
            model.EnableTiling(
                settings.GetProperty("tile_sample_min_height").GetInt32(), settings.GetProperty("tile_sample_min_width").GetInt32(),
                settings.GetProperty("tile_overlap_factor_height").GetDouble(), settings.GetProperty("tile_overlap_factor_width").GetDouble());
        }
        model.UseSlicing = settings.TryGetProperty("slicing", out var slicing) && slicing.ValueKind == JsonValueKind.True;
        return model;
    }
}
