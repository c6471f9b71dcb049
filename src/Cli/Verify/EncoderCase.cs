using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A recorded encoder: what it makes of some tokens, with and without a mask, or of some pictures.</summary>
internal sealed class EncoderCase(string folder, ScalarType dtype)
{
    /// <summary>The limit in float32, as the recordings' notes give it for a plain forward.</summary>
    private const double Float32Limit = 2e-5;

    private const string HiddenState = "hidden_states.";

    /// <summary>Whether a folder looks like this: transformers' configs name a model type.</summary>
    public static bool Fits(string folder)
    {
        var config = Path.Combine(folder, "model", "config.json");
        return File.Exists(config) && RecordingFile.Read<JsonElement>(config) is { ValueKind: JsonValueKind.Object } values
            && values.TryGetProperty("model_type", out _);
    }

    /// <summary>The one check of this case.</summary>
    public IEnumerable<Check> Checks(string? only) => only is null or "forward"
        ? [new Check("forward", (_, _) => CheckForward())]
        : throw new FileNotFoundException($"{folder} has no recording '{only}', only its forward.");

    private CheckResult CheckForward()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var inputPath = Path.Combine(folder, "inputs.safetensors");
        var inputs = RecordingFile.Tensors(inputPath);
        var (model, encode) = Load(name => inputs.Named(name, inputPath));
        using var loaded = model;
        var mask = inputs.GetValueOrDefault("attention_mask");
        var outputPath = Path.Combine(folder, "output.safetensors");
        var expected = RecordingFile.Tensors(outputPath);

        var encoded = encode(mask);
        var differences = new List<Difference> { Compare("last", encoded.Last, expected.Named("last_hidden_state", outputPath), mask) };
        if (expected.TryGetValue("last_hidden_state_no_mask", out var unmasked))
            differences.Add(Compare("no mask", encode(null).Last, unmasked, null));
        if (encoded.Pooled is { } pooled)
            differences.Add(Compare("pooled", pooled, expected.Named("pooler_output", outputPath), null));
        var recorded = expected.Where(entry => entry.Key.StartsWith(HiddenState, StringComparison.Ordinal)).ToList();
        if (recorded.Count > 0)
            differences.Add(recorded.Select(entry => CompareState(encoded.States, entry.Key, entry.Value, mask)).MaxBy(difference => difference.Largest / difference.Limit));
        return CheckResult.Of("forward", null, differences);
    }

    /// <summary>The model, and how it is asked, with a mask or without.</summary>
    private (nn.Module Model, Func<Tensor?, Encoded> Encode) Load(Func<string, Tensor> input)
    {
        var path = Path.Combine(folder, "model");
        switch (RecordingFile.Read<JsonElement>(Path.Combine(path, "config.json")).GetProperty("model_type").GetString())
        {
            case "t5" or "umt5":
                var t5 = T5EncoderModel.FromPretrained(path, dtype);
                return (t5, mask =>
                {
                    var states = t5.HiddenStates(Ids(), mask);
                    return new Encoded(states[^1], null, states);
                }
                );
            case "clip_text_model":
                var clip = CLIPTextModel.FromPretrained(path, dtype);
                return (clip, mask =>
                {
                    var (last, pooled) = clip.forward(Ids(), mask);
                    return new Encoded(last, pooled, clip.HiddenStates(Ids(), mask));
                }
                );
            case "clip_vision_model":
                var vision = CLIPVisionModel.FromPretrained(path, dtype);
                return (vision, _ =>
                {
                    var (last, pooled) = vision.forward(input("pixel_values"));
                    return new Encoded(last, pooled, vision.HiddenStates(input("pixel_values")));
                }
                );
            case var type:
                throw new NotSupportedException($"there is no encoder of the type {type} here, only t5, umt5, clip_text_model and clip_vision_model");
        }

        Tensor Ids() => input("input_ids").to(ScalarType.Int64);
    }

    private Difference CompareState(IReadOnlyList<Tensor> states, string name, Tensor expected, Tensor? mask) =>
        int.TryParse(name[HiddenState.Length..], out var i) && i >= 0 && i < states.Count
            ? Compare("hidden states", states[i], expected, mask)
            : throw new InvalidDataException($"{folder}: '{name}' is recorded, and the model has hidden states 0 to {states.Count - 1}");

    /// <summary>Compares at the positions that the mask shows; what is elsewhere means nothing.</summary>
    private Difference Compare(string quantity, Tensor actual, Tensor expected, Tensor? mask)
    {
        if (!actual.shape.AsSpan().SequenceEqual(expected.shape))
            throw new InvalidDataException($"expected a tensor [{string.Join(", ", expected.shape)}], got [{string.Join(", ", actual.shape)}]");
        var hidden = mask is null ? zeros([1], ScalarType.Bool) : mask.IsEqual(0).unsqueeze(-1);
        var shown = expected.Masked(hidden, 0);
        return new Difference(
            quantity, Difference.Absolute(actual.Masked(hidden, 0), shown),
            dtype == ScalarType.Float32 ? Float32Limit : TraceReplay.Limit(dtype) * shown.abs().max().item<float>());
    }

    /// <summary>What an encoder gives.</summary>
    private sealed record Encoded(Tensor Last, Tensor? Pooled, IReadOnlyList<Tensor> States);
}
