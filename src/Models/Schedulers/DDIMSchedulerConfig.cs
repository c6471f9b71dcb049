namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="DDIMScheduler"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>scheduler_config.json</c>. Source: diffusers <c>schedulers/scheduling_ddim.py</c>.
/// </summary>
public sealed record DDIMSchedulerConfig : NoiseScheduleConfig
{
    /// <summary>Settings with the defaults of diffusers.</summary>
    public DDIMSchedulerConfig() => TimestepSpacing = "leading";

    /// <summary>Whether the predicted original is cut off at ±<see cref="ClipSampleRange"/>.</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>Whether the last step goes to ᾱ = 1, not to that of timestep 0.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Whether the predicted original is thresholded dynamically; <see cref="ClipSample"/> then does nothing.</summary>
    public bool Thresholding { get; init; }

    /// <summary>The share of elements that dynamic thresholding lets through.</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>Where <see cref="ClipSample"/> cuts off.</summary>
    public double ClipSampleRange { get; init; } = 1.0;

    /// <summary>The largest threshold of dynamic thresholding.</summary>
    public double SampleMaxValue { get; init; } = 1.0;

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.NoiseSchedule(this);
        SettingCheck.OneOf(PredictionType, "prediction_type", "epsilon", "sample", "v_prediction");
        SettingCheck.Ratio(DynamicThresholdingRatio, "dynamic_thresholding_ratio");
    }
}
