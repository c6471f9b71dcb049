using Afterimage.Models;

namespace Afterimage.Cli.Verify;

/// <summary>Recordings of flow matching's Euler scheduler.</summary>
internal static class RecordedFlowScheduler
{
    public static RecordedScheduler Of(FlowMatchEulerDiscreteScheduler scheduler, SchedulerRecording recording)
    {
        // image_seq_len is recorded to say where mu comes from.
        var arguments = new SetTimestepsArguments(recording, "num_inference_steps", "sigmas", "mu", "timesteps", "image_seq_len");
        scheduler.SetTimesteps(arguments.Steps, arguments.Numbers("sigmas"), arguments.Mu, arguments.Numbers("timesteps"));
        return new(scheduler.Timesteps, (output, i, sample, _) => scheduler.Step(output, scheduler.Timesteps[i], sample));
    }
}
