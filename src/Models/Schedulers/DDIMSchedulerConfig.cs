namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="DDIMScheduler"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>scheduler_config.json</c>. Source: diffusers <c>schedulers/scheduling_ddim.py</c>.
/// </summary>
public sealed record DDIMSchedulerConfig : PretrainedConfig, INoiseScheduleConfig
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

    /// <summary>Whether the predicted original is cut off at ±<see cref="ClipSampleRange"/>.</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>Whether the last step goes to ᾱ = 1, not to that of timestep 0.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Added to timesteps under leading spacing.</summary>
    public int StepsOffset { get; init; }

    /// <summary>What the model predicts: epsilon, sample or v_prediction.</summary>
    public string PredictionType { get; init; } = "epsilon";

    /// <summary>Whether the predicted original is thresholded dynamically; <see cref="ClipSample"/> then does nothing.</summary>
    public bool Thresholding { get; init; }

    /// <summary>The share of elements that dynamic thresholding lets through.</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>Where <see cref="ClipSample"/> cuts off.</summary>
    public double ClipSampleRange { get; init; } = 1.0;

    /// <summary>The largest threshold of dynamic thresholding.</summary>
    public double SampleMaxValue { get; init; } = 1.0;

    /// <summary>How timesteps are chosen: linspace, leading or trailing.</summary>
    public string TimestepSpacing { get; init; } = "leading";

    /// <summary>Whether β is rescaled so that ᾱ ends at 0.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.NoiseSchedule(this);
        SettingCheck.OneOf(PredictionType, "prediction_type", "epsilon", "sample", "v_prediction");
        SettingCheck.Ratio(DynamicThresholdingRatio, "dynamic_thresholding_ratio");
    }
}
