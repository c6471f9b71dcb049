using System.Reflection;
using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A recorded pipeline: generations from given embeddings to frames, with caches and without.</summary>
internal sealed class PipelineCase(string folder, ScalarType dtype)
{
    /// <summary>The limits in float32, as the recordings' notes give them.</summary>
    private const double FramesLimit = 2e-4;

    private const double DecodedLimit = 4e-4;

    private static readonly Dictionary<string, string> s_renamed = new()
    {
        // What some pipelines call what others call num_frames and num_videos_per_prompt.
        ["video_length"] = nameof(VideoGenerationOptions.NumFrames),
    };

    private string RunFile => Path.Combine(folder, "run.json");

    /// <summary>Whether a folder looks like this.</summary>
    public static bool Fits(string folder) => Path.Combine(folder, "run.json") is var run && File.Exists(run)
        && RecordingFile.Read<JsonElement>(run) is { ValueKind: JsonValueKind.Object } recording && recording.TryGetProperty("pipeline_class", out _);

    /// <summary>A check per generation, or the only one wanted.</summary>
    public IEnumerable<Check> Checks(string? only)
    {
        var cases = RecordingFile.Read<RunRecording>(RunFile).Cases;
        if (only is not null && !cases.ContainsKey(only))
            throw new FileNotFoundException($"{folder} has no recording '{only}'. It has: {string.Join(", ", cases.Keys)}.");
        return cases.Where(each => only is null || each.Key == only)
            .Select(each => new Check(each.Key, (progress, token) => CheckGeneration(each.Key, each.Value, progress, token)));
    }

    private CheckResult CheckGeneration(string name, CaseRecording recording, IProgress<double> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var pipeline = DiffusionPipeline.FromPretrained(Path.Combine(folder, "model"), dtype, cancellationToken: cancellationToken);
        var model = pipeline.CacheableModels[0];
        if (recording.Cache is { } cache)
            model.EnableCache(CacheConfigJson.Parse(cache)! with { ShareStateAcrossContexts = recording.CallsPerStep.Count > 1 });
        var path = Path.Combine(folder, name + ".safetensors");
        var expected = RecordingFile.Tensors(path);
        var latents = expected.Named("latents", path);
        var (worst, timesteps, did) = (0.0, new List<double>(), (CachePlan?)null);
        using var seen = new Decoding(pipeline.Vae);
        var frames = pipeline.Generate(null, Options(pipeline, recording, OnStepEnd), null, cancellationToken);

        if (!timesteps.SequenceEqual(recording.Timesteps))
            return new CheckResult(name, CheckStatus.Failed) { Detail = $"it gives timesteps {string.Join(", ", timesteps)}" };
        List<Difference> differences = [new("latents", worst, TraceReplay.Limit(dtype)), new("frames", Difference.Absolute(frames, expected.Named("frames", path)), Limit(FramesLimit))];
        if (expected.TryGetValue("decoder_input", out var input))
            differences.Add(new("decoder input", Difference.Relative(seen.Input, input), TraceReplay.Limit(dtype)));
        if (expected.TryGetValue("decoded", out var output))
            differences.Add(new("decoded", Difference.Absolute(seen.Output, output), Limit(DecodedLimit)));
        return CheckResult.Of(name, Decisions.Compare(did, recording.HookedModules, recording.Decisions), differences);

        void OnStepEnd(int step, double timestep, Tensor after)
        {
            var difference = Difference.Relative(after, latents[step]);
            worst = double.IsNaN(worst) || worst > difference ? worst : difference;
            timesteps.Add(timestep);
            did = model.CurrentRun?.Recorded();
            progress.Report((step + 1.0) / recording.Timesteps.Count);
        }
    }

    private double Limit(double single) => dtype == ScalarType.Float32 ? single : TraceReplay.Limit(dtype);

    /// <summary>The recorded arguments as options of the pipeline, by the same names.</summary>
    private GenerationOptions Options(DiffusionPipeline pipeline, CaseRecording recording, Action<int, double, Tensor> onStepEnd)
    {
        var options = pipeline.DefaultOptions;
        var inputPath = Path.Combine(folder, "inputs.safetensors");
        var inputs = RecordingFile.Tensors(inputPath);
        foreach (var (name, value) in recording.Arguments)
        {
            var property = Property(options, name);
            property.SetValue(options, value.Deserialize(property.PropertyType));
        }
        foreach (var name in recording.TensorArguments)
            Property(options, name).SetValue(options, inputs.Named(name, inputPath));
        Property(options, nameof(GenerationOptions.OnStepEnd)).SetValue(options, onStepEnd);
        return options;
    }

    private static PropertyInfo Property(GenerationOptions options, string argument)
    {
        var name = s_renamed.GetValueOrDefault(argument, argument).Replace("_", "");
        return options.GetType().GetProperty(name, BindingFlags.IgnoreCase | BindingFlags.Public | BindingFlags.Instance)
            ?? throw new NotSupportedException($"the argument '{argument}' is not known to {options.GetType().Name}");
    }

    /// <summary>What an autoencoder decodes, all calls joined.</summary>
    private sealed class Decoding : IDisposable
    {
        private readonly List<Tensor> _inputs = [];
        private readonly List<Tensor> _outputs = [];

        public Decoding(Autoencoder vae) => vae.Decoded = (input, output) =>
        {
            // Kept beyond the scope that decoding works in.
            _inputs.Add(input.clone().DetachFromDisposeScope());
            _outputs.Add(output.clone().DetachFromDisposeScope());
        };

        public Tensor Input => cat(_inputs);

        public Tensor Output => cat(_outputs);

        public void Dispose()
        {
            foreach (var tensor in (Tensor[])[.. _inputs, .. _outputs])
                tensor.Dispose();
        }
    }

    private sealed record RunRecording
    {
        public Dictionary<string, CaseRecording> Cases { get; init; } = [];
    }

    private sealed record CaseRecording
    {
        public Dictionary<string, JsonElement> Arguments { get; init; } = [];

        public List<string> TensorArguments { get; init; } = [];

        public List<string> CallsPerStep { get; init; } = [];

        public JsonElement? Cache { get; init; }

        public required List<double> Timesteps { get; init; }

        public List<string> HookedModules { get; init; } = [];

        public List<DecisionRecording> Decisions { get; init; } = [];
    }
}
