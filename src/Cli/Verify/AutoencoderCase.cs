using System.Reflection;
using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A recorded autoencoder: pictures or videos it encoded and latents it decoded.</summary>
internal sealed class AutoencoderCase(string folder, ScalarType dtype)
{
    /// <summary>The limit in float32, as the recordings' notes give it.</summary>
    private const double Float32Limit = 1e-4;

    private static readonly JsonSerializerOptions s_values = new() { Converters = { new TripleConverter() } };

    /// <summary>Whether a folder looks like this.</summary>
    public static bool Fits(string folder)
    {
        var index = Path.Combine(folder, "index.json");
        return File.Exists(index) && RecordingFile.Read<JsonElement>(index) is { ValueKind: JsonValueKind.Object } recording
            && (recording.TryGetProperty("decode", out _) || recording.TryGetProperty("encode", out _));
    }

    /// <summary>A check per recording, or the only one wanted.</summary>
    public IEnumerable<Check> Checks(string? only)
    {
        var index = RecordingFile.Read<IndexRecording>(Path.Combine(folder, "index.json"));
        var checks = index.Decode.Select(entry => new Check(entry.Key, (_, token) => CheckDecode(index, entry.Key, entry.Value, token)))
            .Concat(index.Encode.Select(entry => new Check(entry.Key, (_, token) => CheckEncode(index, entry.Key, entry.Value, token))))
            .Where(check => only is null || check.Name == only)
            .ToList();
        return checks.Count > 0 ? checks : throw new FileNotFoundException($"{folder} has no recording '{only}'.");
    }

    private CheckResult CheckDecode(IndexRecording index, string name, VideoRecording recording, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Load(index, recording);
        var path = Path.Combine(folder, name + ".safetensors");
        var tensors = RecordingFile.Tensors(path);
        var latents = tensors.Named("z", path).to(dtype);
        var video = model is AutoencoderKLLTXVideo conditioned && tensors.TryGetValue("temb", out var temb)
            ? conditioned.Decode(latents, temb.to(dtype), cancellationToken)
            : model.Decode(latents, cancellationToken);
        return CheckResult.Of(name, null, Compare("sample", video, tensors.Named("sample", path)));
    }

    private CheckResult CheckEncode(IndexRecording index, string name, VideoRecording recording, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = Load(index, recording);
        var path = Path.Combine(folder, name + ".safetensors");
        var tensors = RecordingFile.Tensors(path);
        using var posterior = model.Encode(tensors.Named("x", path).to(dtype), cancellationToken);
        return CheckResult.Of(
            name, null,
            Compare("moments", posterior.Moments, tensors.Named("moments", path)),
            Compare("mode", posterior.Mode(), tensors.Named("mode", path)),
            Compare("std", posterior.Std, tensors.Named("std", path)));
    }

    private Autoencoder Load(IndexRecording index, VideoRecording recording)
    {
        var found = ModelClasses.Find<Autoencoder>(index.ModelClass ?? nameof(AutoencoderKLCogVideoX), folder);
        var model = (Autoencoder)found.FromPretrained(Path.Combine(folder, "model"), dtype);
        foreach (var (name, value) in recording.Attributes)
            Set(model, name, value);
        if (model is AutoencoderKLCogVideoX cogVideoX && recording.Tiling)
        {
            cogVideoX.EnableTiling(
                recording.TileSampleMinHeight, recording.TileSampleMinWidth, recording.TileOverlapFactorHeight, recording.TileOverlapFactorWidth);
        }
        else if (recording.Tiling)
            model.EnableTiling();
        model.UseSlicing = recording.Slicing;
        return model;
    }

    /// <summary>Sets what diffusers calls an attribute, by the same name.</summary>
    private static void Set(Autoencoder model, string name, JsonElement value)
    {
        var property = model.GetType().GetProperty(name.Replace("_", ""), BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance);
        if (property?.SetMethod is not { IsPublic: true })
            throw new NotSupportedException($"{model.GetType().Name} has no attribute '{name}' here");
        property.SetValue(model, value.Deserialize(property.PropertyType, s_values));
    }

    private Difference Compare(string quantity, Tensor actual, Tensor expected) => new(
        quantity, Difference.Absolute(actual, expected),
        dtype == ScalarType.Float32 ? Float32Limit : TraceReplay.Limit(dtype) * expected.abs().max().item<float>());

    private sealed record IndexRecording
    {
        public string? ModelClass { get; init; }

        public Dictionary<string, VideoRecording> Decode { get; init; } = [];

        public Dictionary<string, VideoRecording> Encode { get; init; } = [];
    }

    private sealed record VideoRecording
    {
        public bool Tiling { get; init; }

        public bool Slicing { get; init; }

        public Dictionary<string, JsonElement> Attributes { get; init; } = [];

        public int? TileSampleMinHeight { get; init; }

        public int? TileSampleMinWidth { get; init; }

        public double? TileOverlapFactorHeight { get; init; }

        public double? TileOverlapFactorWidth { get; init; }
    }
}
