using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Verify;

/// <summary>Recordings of the schedulers over training's timesteps.</summary>
internal static class RecordedAlphaScheduler
{
    public static RecordedScheduler Of(CogVideoXDDIMScheduler scheduler, SchedulerRecording recording)
    {
        SetTimesteps(scheduler, recording);
        return new(Doubles(scheduler), (output, i, sample, _) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    public static RecordedScheduler Of(DDIMScheduler scheduler, SchedulerRecording recording)
    {
        SetTimesteps(scheduler, recording);
        return new(Doubles(scheduler), (output, i, sample, _) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    public static RecordedScheduler Of(CogVideoXDPMScheduler scheduler, SchedulerRecording recording)
    {
        SetTimesteps(scheduler, recording);
        Tensor? original = null;
        return new(Doubles(scheduler), (output, i, sample, noise) =>
        {
            long? back = i > 0 ? scheduler.Timesteps[i - 1] : null;
            var (next, predicted) = scheduler.Step(output, original, scheduler.Timesteps[i], back, sample, varianceNoise: noise);
            original?.Dispose();
            original = predicted.DetachFromDisposeScope();
            return next;
        }, () => original?.Dispose());
    }

    private static void SetTimesteps(AlphaScheduler scheduler, SchedulerRecording recording)
    {
        var arguments = new SetTimestepsArguments(recording, "num_inference_steps");
        scheduler.SetTimesteps(arguments.Steps ?? throw new NotSupportedException("set_timesteps without num_inference_steps is not known here"));
    }

    private static double[] Doubles(AlphaScheduler scheduler) => [.. scheduler.Timesteps.Select(timestep => (double)timestep)];
}
