using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A recorded transformer: one plain forward, and denoising runs (<c>traces</c>).</summary>
internal sealed class TransformerCase(string folder, ScalarType dtype)
{
    /// <summary>The limit of a plain float32 forward, as the recordings' notes give it.</summary>
    private const double ForwardLimit = 2e-5;

    /// <summary>Whether a folder looks like this.</summary>
    public static bool Fits(string folder) => File.Exists(Path.Combine(folder, "model", "config.json"));

    /// <summary>The checks of this case: its forward, then its traces by name.</summary>
    /// <param name="trace">The only trace wanted, or null for all.</param>
    public IEnumerable<Check> Checks(string? trace)
    {
        var traces = Path.Combine(folder, "traces");
        string[] recorded = Directory.Exists(traces)
            ? [.. Directory.GetFiles(traces, "*.json").Order(StringComparer.Ordinal).Select(file => Path.GetFileNameWithoutExtension(file))]
            : [];
        if (trace is not null && !recorded.Contains(trace))
            throw new FileNotFoundException($"{traces} has no trace '{trace}'. It has: {string.Join(", ", recorded)}.");

        var hasForward = File.Exists(Path.Combine(folder, "forward.json"));
        if (!hasForward && recorded.Length == 0)
            yield return new Check("model", (_, _) => throw new NotSupportedException($"there is neither a forward.json nor a trace of the {ModelClass()}"));
        if (trace is null && hasForward)
            yield return new Check("forward", (_, _) => CheckForward());
        foreach (var name in recorded.Where(name => trace is null || name == trace))
            yield return new Check($"traces/{name}", (progress, token) => CheckTrace(Path.Combine(traces, name), $"traces/{name}", progress, token));
    }

    private string? ModelClass() => RecordingFile.Read<JsonElement>(Path.Combine(folder, "model", "config.json")) is var config
        && config.TryGetProperty("_class_name", out var name) ? name.GetString() : "model";

    private CheckResult CheckForward()
    {
        var recording = RecordingFile.Read<ForwardRecording>(Path.Combine(folder, "forward.json"));
        using var scope = NewDisposeScope();
        using var model = RecordedModel.Load(recording.ModelClass, Path.Combine(folder, "model"), dtype);
        var inputs = RecordingFile.Tensors(Path.Combine(folder, "inputs.safetensors"));
        var path = Path.Combine(folder, "output.safetensors");
        var expected = RecordingFile.Tensors(path).Named("sample", path);
        var actual = model.Call(inputs, recording.ScalarInputs);
        var limit = dtype == ScalarType.Float32 ? ForwardLimit : TraceReplay.Limit(dtype) * expected.abs().max().item<float>();
        return CheckResult.Of("forward", null, new Difference("output", Difference.Absolute(actual, expected), limit));
    }

    private CheckResult CheckTrace(string path, string name, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var recording = RecordingFile.Read<TraceRecording>(path + ".json");
        using var model = RecordedModel.Load(recording.ModelClass, Path.Combine(folder, "model"), dtype);
        return new TraceReplay(model, recording, path, dtype).Run(name, progress, cancellationToken);
    }

    private sealed record ForwardRecording
    {
        public required string ModelClass { get; init; }

        public Dictionary<string, JsonElement> ScalarInputs { get; init; } = [];
    }
}

/// <summary>One thing to verify; it reports its progress from 0 to 1.</summary>
internal sealed record Check(string Name, Func<IProgress<double>, CancellationToken, CheckResult> Run);
