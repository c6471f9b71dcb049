using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>A folder of recorded schedulers, each with the model outputs it was given and the samples it made.</summary>
internal sealed class SchedulerCase(string folder)
{
    /// <summary>The limit, as a share of the largest magnitude, as the recordings' notes give it.</summary>
    private const double Limit = 1e-5;

    /// <summary>Whether a folder looks like this.</summary>
    public static bool Fits(string folder) => Recordings(folder).Any();

    /// <summary>One check per scheduler.</summary>
    /// <param name="only">The only one wanted, or null for all.</param>
    public IEnumerable<Check> Checks(string? only)
    {
        var names = Recordings(folder).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal).ToList();
        if (only is not null && !names.Contains(only))
            throw new FileNotFoundException($"{folder} has no recording '{only}'. It has: {string.Join(", ", names)}.");
        return names.Where(name => only is null || name == only).Select(name => new Check(name, (_, token) => CheckScheduler(name, token)));
    }

    private CheckResult CheckScheduler(string name, CancellationToken cancellationToken)
    {
        var recording = RecordingFile.Read<SchedulerRecording>(Path.Combine(folder, name + ".json"));
        using var scope = NewDisposeScope();
        using var scheduler = recording.Begin();
        if (!scheduler.Timesteps.SequenceEqual(recording.Timesteps))
            return new CheckResult(name, CheckStatus.Failed) { Detail = $"it gives timesteps {string.Join(", ", scheduler.Timesteps)}" };

        var path = Path.Combine(folder, name + ".safetensors");
        var tensors = RecordingFile.Tensors(path);
        var outputs = tensors.Named("model_outputs", path);
        var expected = tensors.Named("samples", path);
        var sample = tensors.Named("sample.initial", path);
        var worst = 0.0;
        for (var step = 0; step < recording.Timesteps.Count; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var output = outputs[step].Times(0.8).Plus(scheduler.ScaleModelInput(step, sample).Times(0.3));
            sample = scheduler.Step(step, output, sample, noise: tensors.TryGetValue("step_noise", out var noise) ? noise[step] : null);
            var difference = Difference.Relative(sample, expected[step]);
            worst = double.IsNaN(difference) ? difference : Math.Max(worst, difference);
        }
        return CheckResult.Of(name, null, new Difference("samples", worst, Limit));
    }

    private static IEnumerable<string> Recordings(string folder) => Directory.GetFiles(folder, "*.json")
        .Where(file => File.Exists(Path.ChangeExtension(file, ".safetensors")))
        .Where(file => RecordingFile.Read<JsonElement>(file) is { ValueKind: JsonValueKind.Object } json
            && json.TryGetProperty("class", out _) && json.TryGetProperty("timesteps", out _));
}
