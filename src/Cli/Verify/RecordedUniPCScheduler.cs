using Afterimage.Models;

namespace Afterimage.Cli.Verify;

/// <summary>Recordings of UniPC.</summary>
internal static class RecordedUniPCScheduler
{
    public static RecordedScheduler Of(UniPCMultistepScheduler scheduler, SchedulerRecording recording)
    {
        // image_seq_len is recorded to say where mu comes from.
        var arguments = new SetTimestepsArguments(recording, "num_inference_steps", "sigmas", "mu", "image_seq_len");
        scheduler.SetTimesteps(arguments.Steps, arguments.Numbers("sigmas"), arguments.Mu);
        return new(
            [.. scheduler.Timesteps.Select(timestep => (double)timestep)],
            (output, i, sample, _) => scheduler.Step(output, scheduler.Timesteps[i], sample),
            scheduler.Dispose);
    }
}
