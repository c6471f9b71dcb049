using Afterimage.Models;

namespace Afterimage.Cli;

/// <summary>The scheduler that CogVideoX's checkpoints come with.</summary>
internal static class PipelineScheduler
{
    public static CogVideoXDDIMScheduler Create(int steps)
    {
        var scheduler = new CogVideoXDDIMScheduler(new CogVideoXSchedulerConfig
        {
            ClipSample = false,
            PredictionType = "v_prediction",
            RescaleBetasZeroSnr = true,
            TimestepSpacing = "trailing",
        });
        scheduler.SetTimesteps(steps);
        return scheduler;
    }
}
