namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="CogVideoXDDIMScheduler"/> and <see cref="CogVideoXDPMScheduler"/>, with the names (in snake_case)
/// and defaults of diffusers' <c>scheduler_config.json</c>. Sources: diffusers <c>schedulers/scheduling_ddim_cogvideox.py</c>,
/// <c>schedulers/scheduling_dpm_cogvideox.py</c>.
/// </summary>
public sealed record CogVideoXSchedulerConfig : NoiseScheduleConfig
{
    /// <summary>Settings with the defaults of diffusers.</summary>
    public CogVideoXSchedulerConfig() => (BetaStart, BetaEnd, BetaSchedule, TimestepSpacing) = (0.00085, 0.0120, "scaled_linear", "leading");

    /// <summary>Read and kept; diffusers' steps do not use it.</summary>
    public bool ClipSample { get; init; } = true;

    /// <summary>Whether the last step goes to ᾱ = 1, not to that of timestep 0.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>Read and kept; diffusers' steps do not use it.</summary>
    public double ClipSampleRange { get; init; } = 1.0;

    /// <summary>Read and kept; diffusers' steps do not use it.</summary>
    public double SampleMaxValue { get; init; } = 1.0;

    /// <summary>Shifts the signal-to-noise ratio: ᾱ / (s + (1 − s) ᾱ).</summary>
    public double SnrShiftScale { get; init; } = 3.0;

    /// <summary>The bytes of a <c>scheduler_config.json</c> as settings of <typeparamref name="TScheduler"/>.</summary>
    internal static CogVideoXSchedulerConfig FromFile<TScheduler>(string path) =>
        JsonConfig.FromFile<CogVideoXSchedulerConfig>(path, typeof(TScheduler).Name);

    /// <summary>As <see cref="FromFile{TScheduler}"/>, from the text of one.</summary>
    internal static CogVideoXSchedulerConfig FromJson<TScheduler>(string json) =>
        JsonConfig.Parse<CogVideoXSchedulerConfig>(json, typeof(TScheduler).Name, "scheduler config");

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.NoiseSchedule(this);
        SettingCheck.OneOf(PredictionType, "prediction_type", "epsilon", "sample", "v_prediction");
    }
}
