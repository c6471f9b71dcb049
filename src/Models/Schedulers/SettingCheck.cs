namespace Afterimage.Models;

/// <summary>Refuses settings that no scheduler can be built from.</summary>
internal static class SettingCheck
{
    public static void NoiseSchedule(NoiseScheduleConfig config)
    {
        TrainTimesteps(config.NumTrainTimesteps);
        if (config.TrainedBetas is { } betas && betas.Count != config.NumTrainTimesteps)
            throw new ArgumentException($"expected {config.NumTrainTimesteps} trained_betas, found {betas.Count}");
        if (config.TrainedBetas is { } trained)
        {
            foreach (var beta in trained)
                Beta(beta, "trained_betas");
        }
        Beta(config.BetaStart, "beta_start");
        Beta(config.BetaEnd, "beta_end");
        OneOf(config.TimestepSpacing, "timestep_spacing", "linspace", "leading", "trailing");
        if (config.TrainedBetas is null)
            OneOf(config.BetaSchedule, "beta_schedule", "linear", "scaled_linear", "squaredcos_cap_v2");
    }

    public static void TrainTimesteps(int count)
    {
        if (count <= 0)
            throw new ArgumentException($"expected num_train_timesteps above 0, found {count}");
        // A timestep of 8 bytes, ᾱ or σ likewise, and what they are made of.
        MemoryEstimate.Require($"num_train_timesteps {count}", 40.0 * count, "their tables", "check the config: models are trained with about 1000");
    }

    /// <summary>Refuses a run whose timesteps and σ do not fit into memory.</summary>
    public static void Steps(int count) =>
        MemoryEstimate.Require($"num_inference_steps {count}", 40.0 * count, "their timesteps and sigmas", "ask for fewer steps");

    /// <summary>Refuses more steps than training had.</summary>
    public static void StepsOfTraining(int numInferenceSteps, int numTrainTimesteps)
    {
        if (numInferenceSteps < 1 || numInferenceSteps > numTrainTimesteps)
            throw new ArgumentOutOfRangeException(nameof(numInferenceSteps), numInferenceSteps, $"expected 1 to {numTrainTimesteps} steps");
    }

    public static void Ratio(double value, string name)
    {
        if (value is not (>= 0 and <= 1))
            throw new ArgumentException($"expected {name} of 0 to 1, found {value}");
    }

    private static void Beta(double value, string name)
    {
        if (value is not (>= 0 and < 1))
            throw new ArgumentException($"expected {name} of 0 to below 1, found {value}");
    }

    public static void Terminal(double? value)
    {
        if (value is not (null or (>= 0 and < 1)))
            throw new ArgumentException($"expected shift_terminal of 0 to below 1, found {value}");
    }

    public static void OneOf(string value, string name, params string[] allowed)
    {
        if (!allowed.Contains(value))
            throw new ArgumentException($"expected {name} {string.Join(", ", allowed[..^1])} or {allowed[^1]}, found '{value}'");
    }
}
