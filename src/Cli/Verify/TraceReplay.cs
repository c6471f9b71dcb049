using System.Text.Json;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>Repeats one recorded denoising run with a model and compares every step.</summary>
/// <param name="model">The model.</param>
/// <param name="recording">The run's JSON.</param>
/// <param name="path">Where the run lies, without extension, for its tensors and for messages.</param>
/// <param name="dtype">The type the model runs in. Latents and scheduler are float32.</param>
internal sealed class TraceReplay(RecordedModel model, TraceRecording recording, string path, ScalarType dtype)
{
    /// <summary>
    /// The largest difference allowed, as a share of the largest magnitude of a step: as the recordings' notes give it in
    /// float32, as docs/command-line.md states them in half precision.
    /// </summary>
    public static double Limit(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => 1e-4,
        ScalarType.Float16 => 1e-2,
        ScalarType.BFloat16 => 8e-2,
        _ => throw new NotSupportedException($"there is no tolerance for {dtype}"),
    };

    /// <summary>Runs all steps.</summary>
    public CheckResult Run(string name, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var config = recording.Cache is { } cache ? CacheConfigJson.Parse(cache) : null;
        using var scope = NewDisposeScope();
        using var scheduler = recording.Scheduler.Begin();
        if (!scheduler.Timesteps.SequenceEqual(recording.Scheduler.Timesteps))
            return new CheckResult(name, CheckStatus.Failed) { Detail = $"the scheduler gives timesteps {string.Join(", ", scheduler.Timesteps)}" };

        using var run = Begin(config);
        var (latents, predictions) = Denoise(scheduler, progress, cancellationToken);
        var decisions = Decisions.Compare(run?.Recorded(), recording.HookedModules, recording.Decisions);
        var limit = Limit(dtype);
        return CheckResult.Of(name, decisions, new Difference("noise", predictions, limit), new Difference("latents", latents, limit));
    }

    private CacheRun? Begin(CacheConfig? config)
    {
        if (config is null)
            return null;
        // The hooks of these two methods keep one state for all calls of a step; those of the others have one per context.
        var shares = recording.CallsPerStep.Count > 1 && config is (PyramidAttentionBroadcastConfig or FasterCacheConfig);
        model.Cache.EnableCache(config with { ShareStateAcrossContexts = shares });
        return model.Cache.BeginRun([.. recording.Scheduler.Timesteps.Select(recording.CacheTimestep)], recording.Layout);
    }

    private (double Latents, double Predictions) Denoise(SchedulerRun scheduler, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var inputsPath = Path.Combine(Path.GetDirectoryName(path)!, recording.InputsFile);
        var inputs = RecordingFile.Tensors(inputsPath);
        var expected = RecordingFile.Tensors(path + ".safetensors");
        var expectedLatents = expected.Named("latents", path + ".safetensors");
        var arguments = recording.CallsPerStep.ToDictionary(call => call, call => Prefixed(inputs, call));
        var scalars = recording.CallsPerStep.ToDictionary(call => call, call => Prefixed(recording.ScalarInputs, call));

        var (latentError, predictionError) = (0.0, 0.0);
        var latents = inputs.Named("initial_latents", inputsPath);
        for (var step = 0; step < recording.Scheduler.Timesteps.Count; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stepScope = NewDisposeScope();
            var input = scheduler.ScaleModelInput(step, latents);
            var predictions = new Dictionary<string, Tensor>();
            foreach (var call in recording.CallsPerStep)
            {
                predictions[call] = Predict(call, input, recording.ModelTimestep[step], arguments[call], scalars[call]);
                if (recording.NoisePredSteps.IndexOf(step) is >= 0 and var kept)
                    predictionError = Worst(predictionError, Difference.Relative(predictions[call], expected.Named($"noise_pred.{call}", path)[kept]));
            }

            var noise = expected.TryGetValue("step_noise", out var draws) ? draws[step] : null;
            var next = scheduler.Step(step, WithoutVariance(Guided(predictions), latents), latents, noise: noise);
            latentError = Worst(latentError, Difference.Relative(next, expectedLatents[step]));
            latents = next.MoveToOuterDisposeScope();
            progress.Report((step + 1.0) / recording.Scheduler.Timesteps.Count);
        }
        return (latentError, predictionError);
    }

    private Tensor Predict(
        string call, Tensor latents, double timestep, Dictionary<string, Tensor> arguments, Dictionary<string, JsonElement> scalars)
    {
        var hidden = call == "cond_uncond" && recording.GuidanceScale is not null ? cat([latents, latents]) : latents;
        // A scheduler whose timesteps are all whole gives them as int64, any other as float32.
        var value = recording.ModelTimestep.TrueForAll(double.IsInteger) ? tensor((long)timestep) : tensor((float)timestep);
        var complete = new Dictionary<string, Tensor>(arguments) { ["hidden_states"] = hidden, ["timestep"] = value.expand(hidden.shape[0]) };
        using var context = model.Cache.CacheContext(call);
        return model.Call(complete, scalars);
    }

    private Tensor Guided(Dictionary<string, Tensor> predictions)
    {
        if (recording.GuidanceScale is not { } scale)
            return predictions.Values.Single();
        var halves = predictions.TryGetValue("cond_uncond", out var both) ? both.chunk(2) : [predictions["uncond"], predictions["cond"]];
        return halves[0].Plus((halves[1] - halves[0]).Times(scale));
    }

    /// <summary>What pipelines give the scheduler of a model that learns a variance: the first half of its channels.</summary>
    private static Tensor WithoutVariance(Tensor prediction, Tensor latents)
    {
        for (var dimension = 1; dimension < latents.dim(); dimension++)
        {
            if (prediction.shape[dimension] == 2 * latents.shape[dimension])
                return prediction.narrow(dimension, 0, latents.shape[dimension]);
        }
        return prediction;
    }

    private static Dictionary<string, T> Prefixed<T>(Dictionary<string, T> inputs, string call) => inputs
        .Where(entry => entry.Key.StartsWith(call + '.', StringComparison.Ordinal))
        .ToDictionary(entry => entry.Key[(call.Length + 1)..], entry => entry.Value);

    // Math.Max would do but for NaN, which must not be forgotten.
    private static double Worst(double a, double b) => double.IsNaN(a) || a > b ? a : b;
}
