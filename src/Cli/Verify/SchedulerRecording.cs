using System.Text.Json;
using Afterimage.Models;

namespace Afterimage.Cli.Verify;

/// <summary>A scheduler as it was recorded.</summary>
internal sealed record SchedulerRecording
{
    // image_seq_len is recorded to say where mu comes from.
    private static readonly string[] s_arguments = ["num_inference_steps", "sigmas", "mu", "timesteps", "image_seq_len"];

    public required string Class { get; init; }

    public required JsonElement Config { get; init; }

    public Dictionary<string, JsonElement> SetTimesteps { get; init; } = [];

    public required List<double> Timesteps { get; init; }

    /// <summary>Builds the scheduler and begins the run that was recorded.</summary>
    /// <exception cref="NotSupportedException">There is no such scheduler here, or it cannot be set up as recorded.</exception>
    public SchedulerRun Begin()
    {
        if (SetTimesteps.Keys.FirstOrDefault(key => !s_arguments.Contains(key)) is { } unknown)
            throw new NotSupportedException($"set_timesteps with '{unknown}' is not known here");
        return SchedulerClasses.FromJson(Class, Config.GetRawText()).BeginRun(new()
        {
            NumInferenceSteps = Find("num_inference_steps")?.GetInt32(),
            Sigmas = Numbers("sigmas"),
            Mu = Find("mu")?.GetDouble(),
            Timesteps = Numbers("timesteps"),
        });
    }

    private double[]? Numbers(string name) => Find(name) is { } list ? [.. list.EnumerateArray().Select(number => number.GetDouble())] : null;

    private JsonElement? Find(string name) =>
        SetTimesteps.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
