using System.Text.Json;

namespace Afterimage.Models.Tests;

/// <summary>The scheduler of a recorded run.</summary>
internal static class TraceScheduler
{
    public static IScheduler Create(JsonElement recording) =>
        SchedulerClasses.FromJson(recording.GetProperty("class").GetString()!, recording.GetProperty("config").GetRawText());

    /// <summary>Begins the run that was recorded.</summary>
    public static SchedulerRun Begin(JsonElement recording) => Begin(Create(recording), recording);

    /// <summary>Begins the run that was recorded with a scheduler.</summary>
    public static SchedulerRun Begin(IScheduler scheduler, JsonElement recording) => scheduler.BeginRun(new()
    {
        NumInferenceSteps = Argument(recording, "num_inference_steps")?.GetInt32(),
        Sigmas = Argument(recording, "sigmas")?.EnumerateArray().Select(sigma => sigma.GetDouble()).ToArray(),
        Mu = Argument(recording, "mu")?.GetDouble(),
    });

    private static JsonElement? Argument(JsonElement recording, string name) =>
        recording.GetProperty("set_timesteps").TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}
