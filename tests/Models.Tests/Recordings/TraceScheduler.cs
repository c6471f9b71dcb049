using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>The scheduler of a recorded run.</summary>
internal sealed record TraceScheduler(
    IReadOnlyList<double> Timesteps, Func<Tensor, int, Tensor, Tensor> Step, Action? Free = null) : IDisposable
{
    public static TraceScheduler Create(JsonElement recording)
    {
        var config = recording.GetProperty("config").GetRawText();
        return recording.GetProperty("class").GetString() switch
        {
            nameof(DDIMScheduler) => Of(DDIMScheduler.FromJson(config), recording),
            nameof(FlowMatchEulerDiscreteScheduler) => Of(FlowMatchEulerDiscreteScheduler.FromJson(config), recording),
            nameof(UniPCMultistepScheduler) => Of(UniPCMultistepScheduler.FromJson(config), recording),
            var other => throw new NotSupportedException(other),
        };
    }

    public void Dispose() => Free?.Invoke();

    private static TraceScheduler Of(DDIMScheduler scheduler, JsonElement recording)
    {
        scheduler.SetTimesteps(Argument(recording, "num_inference_steps")!.Value.GetInt32());
        return new(
            [.. scheduler.Timesteps.Select(t => (double)t)],
            (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    private static TraceScheduler Of(FlowMatchEulerDiscreteScheduler scheduler, JsonElement recording)
    {
        scheduler.SetTimesteps(
            Argument(recording, "num_inference_steps")?.GetInt32(),
            Argument(recording, "sigmas")?.EnumerateArray().Select(sigma => sigma.GetDouble()).ToArray(),
            Argument(recording, "mu")?.GetDouble());
        return new(scheduler.Timesteps, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample));
    }

    private static TraceScheduler Of(UniPCMultistepScheduler scheduler, JsonElement recording)
    {
        scheduler.SetTimesteps(Argument(recording, "num_inference_steps")?.GetInt32());
        return new(
            [.. scheduler.Timesteps.Select(t => (double)t)],
            (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample),
            scheduler.Dispose);
    }

    private static JsonElement? Argument(JsonElement recording, string name) =>
        recording.GetProperty("set_timesteps").TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;
}
