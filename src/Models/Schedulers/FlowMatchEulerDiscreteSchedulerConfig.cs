namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="FlowMatchEulerDiscreteScheduler"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>scheduler_config.json</c>. Source: diffusers <c>schedulers/scheduling_flow_match_euler_discrete.py</c>.
/// </summary>
public sealed record FlowMatchEulerDiscreteSchedulerConfig : PretrainedConfig
{
    /// <summary>The number of timesteps in training.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>How far timesteps are shifted towards noise; 1 is not at all.</summary>
    public double Shift { get; init; } = 1.0;

    /// <summary>Whether a run's μ shifts the timesteps, not <see cref="Shift"/>.</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>μ at <see cref="BaseImageSeqLen"/> tokens.</summary>
    public double? BaseShift { get; init; } = 0.5;

    /// <summary>μ at <see cref="MaxImageSeqLen"/> tokens.</summary>
    public double? MaxShift { get; init; } = 1.15;

    /// <summary>A number of tokens whose μ is known.</summary>
    public int BaseImageSeqLen { get; init; } = 256;

    /// <summary>Another number of tokens whose μ is known.</summary>
    public int MaxImageSeqLen { get; init; } = 4096;

    /// <summary>Whether σ and timesteps rise from 0 to 1 (Mochi).</summary>
    public bool InvertSigmas { get; init; }

    /// <summary>What the last σ before 0 is stretched to, if anything (LTX).</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Whether σ follow Karras' curve.</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Whether σ fall exponentially.</summary>
    public bool UseExponentialSigmas { get; init; }

    /// <summary>Whether σ follow the beta distribution. It is not supported here.</summary>
    public bool UseBetaSigmas { get; init; }

    /// <summary>How μ shifts: exponential or linear.</summary>
    public string TimeShiftType { get; init; } = "exponential";

    /// <summary>Whether a step goes to the predicted original and adds new noise.</summary>
    public bool StochasticSampling { get; init; }

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.TrainTimesteps(NumTrainTimesteps);
        SettingCheck.OneOf(TimeShiftType, "time_shift_type", "exponential", "linear");
        SettingCheck.Terminal(ShiftTerminal);
        SigmaCurve.Check(UseKarrasSigmas, UseExponentialSigmas, UseBetaSigmas);
        if (!(Shift > 0))
            throw new ArgumentException($"expected shift above 0, found {Shift}");
    }
}
