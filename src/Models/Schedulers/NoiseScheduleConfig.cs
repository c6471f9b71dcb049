namespace Afterimage.Models;

/// <summary>The settings that give ᾱ and the training timesteps a run visits, with the names (in snake_case) and most defaults of diffusers' schedulers.</summary>
public abstract record NoiseScheduleConfig : PretrainedConfig
{
    /// <summary>The number of timesteps in training.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>The first β.</summary>
    public double BetaStart { get; init; } = 0.0001;

    /// <summary>The last β.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>linear, scaled_linear or squaredcos_cap_v2.</summary>
    public string BetaSchedule { get; init; } = "linear";

    /// <summary>β of every timestep, instead of a schedule.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; init; }

    /// <summary>What the model predicts: epsilon, sample, v_prediction, or flow_prediction where a scheduler knows it.</summary>
    public string PredictionType { get; init; } = "epsilon";

    /// <summary>How timesteps are chosen: linspace, leading or trailing.</summary>
    public string TimestepSpacing { get; init; } = "linspace";

    /// <summary>Added to timesteps under leading spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>Whether β is rescaled so that ᾱ ends at 0, or almost.</summary>
    public bool RescaleBetasZeroSnr { get; init; }
}
