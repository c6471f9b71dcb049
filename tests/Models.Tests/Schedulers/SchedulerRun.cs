using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Steps either scheduler as CogVideoX's pipeline does.</summary>
internal sealed class SchedulerRun(CogVideoXScheduler scheduler)
{
    private Tensor? _original;

    /// <summary>The scheduler of a recording, with its timesteps set.</summary>
    public static CogVideoXScheduler Create(JsonElement recording)
    {
        var config = recording.GetProperty("config").GetRawText();
        CogVideoXScheduler scheduler = recording.GetProperty("class").GetString() == nameof(CogVideoXDPMScheduler)
            ? CogVideoXDPMScheduler.FromJson(config)
            : CogVideoXDDIMScheduler.FromJson(config);
        scheduler.SetTimesteps(recording.GetProperty("set_timesteps").GetProperty("num_inference_steps").GetInt32());
        return scheduler;
    }

    public Tensor Step(Tensor output, int index, Tensor sample, Tensor? noise)
    {
        var timestep = scheduler.Timesteps[index];
        var step = scheduler is CogVideoXDPMScheduler dpm
            ? dpm.Step(output, _original, timestep, index > 0 ? scheduler.Timesteps[index - 1] : null, sample, varianceNoise: noise)
            : ((CogVideoXDDIMScheduler)scheduler).Step(output, timestep, sample);
        _original = step.PredOriginalSample;
        return step.PrevSample;
    }
}
