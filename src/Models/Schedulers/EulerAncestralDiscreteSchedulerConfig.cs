namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="EulerAncestralDiscreteScheduler"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>scheduler_config.json</c>. Source: diffusers <c>schedulers/scheduling_euler_ancestral_discrete.py</c>.
/// </summary>
public sealed record EulerAncestralDiscreteSchedulerConfig : PretrainedConfig, INamedConfig, INoiseScheduleConfig
{
    static string INamedConfig.ClassName => nameof(EulerAncestralDiscreteScheduler);

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

    /// <summary>What the model predicts: epsilon or v_prediction.</summary>
    public string PredictionType { get; init; } = "epsilon";

    /// <summary>How timesteps are chosen: linspace, leading or trailing.</summary>
    public string TimestepSpacing { get; init; } = "linspace";

    /// <summary>Added to timesteps under leading spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>Whether β is rescaled so that ᾱ ends at almost 0.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.NoiseSchedule(this);
        SettingCheck.OneOf(PredictionType, "prediction_type", "epsilon", "sample", "v_prediction");
        if (PredictionType == "sample")
            throw new NotSupportedException("prediction_type 'sample' has no step with this scheduler, in diffusers neither");
    }
}
