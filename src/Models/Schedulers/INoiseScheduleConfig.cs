namespace Afterimage.Models;

/// <summary>The settings that give ᾱ and the training timesteps a run visits.</summary>
internal interface INoiseScheduleConfig
{
    int NumTrainTimesteps { get; }

    double BetaStart { get; }

    double BetaEnd { get; }

    string BetaSchedule { get; }

    IReadOnlyList<double>? TrainedBetas { get; }

    bool RescaleBetasZeroSnr { get; }

    string TimestepSpacing { get; }

    int StepsOffset { get; }
}
