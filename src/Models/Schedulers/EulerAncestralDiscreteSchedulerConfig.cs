namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="EulerAncestralDiscreteScheduler"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>scheduler_config.json</c>. Source: diffusers <c>schedulers/scheduling_euler_ancestral_discrete.py</c>.
/// </summary>
public sealed record EulerAncestralDiscreteSchedulerConfig : NoiseScheduleConfig, INamedConfig
{
    static string INamedConfig.ClassName => nameof(EulerAncestralDiscreteScheduler);

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.NoiseSchedule(this);
        SettingCheck.OneOf(PredictionType, "prediction_type", "epsilon", "sample", "v_prediction");
        if (PredictionType == "sample")
            throw new NotSupportedException("prediction_type 'sample' has no step with this scheduler, in diffusers neither");
    }
}
