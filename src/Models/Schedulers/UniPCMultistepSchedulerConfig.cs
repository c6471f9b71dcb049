using System.Text.Json;

namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="UniPCMultistepScheduler"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>scheduler_config.json</c>. Source: diffusers <c>schedulers/scheduling_unipc_multistep.py</c>.
/// </summary>
public sealed record UniPCMultistepSchedulerConfig : NoiseScheduleConfig
{
    /// <summary>How many model outputs a prediction looks at.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>Whether the predicted original is thresholded dynamically.</summary>
    public bool Thresholding { get; init; }

    /// <summary>The share of elements that dynamic thresholding lets through.</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>The largest threshold of dynamic thresholding.</summary>
    public double SampleMaxValue { get; init; } = 1.0;

    /// <summary>Whether steps are made on predicted originals, not on predicted noise.</summary>
    public bool PredictX0 { get; init; } = true;

    /// <summary>bh1 or bh2; midpoint, heun and logrho are taken as bh2, as in diffusers.</summary>
    public string SolverType { get; init; } = "bh2";

    /// <summary>Whether the order falls towards the end of a run.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>The steps whose sample the step after does not correct.</summary>
    public IReadOnlyList<int> DisableCorrector { get; init; } = [];

    /// <summary>Another scheduler as predictor. It is not supported here.</summary>
    public JsonElement? SolverP { get; init; }

    /// <summary>Whether σ follow Karras' curve.</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Whether σ fall exponentially.</summary>
    public bool UseExponentialSigmas { get; init; }

    /// <summary>Whether σ follow the beta distribution. It is not supported here.</summary>
    public bool UseBetaSigmas { get; init; }

    /// <summary>Whether σ are those of flow matching: 1 − σ of signal, σ of noise.</summary>
    public bool UseFlowSigmas { get; init; }

    /// <summary>How far the σ of flow matching are shifted towards noise; 1 is not at all.</summary>
    public double FlowShift { get; init; } = 1.0;

    /// <summary>Where the last step ends: zero, or sigma_min, the smallest σ.</summary>
    public string FinalSigmasType { get; init; } = "zero";

    /// <summary>Whether a run's μ shifts the σ of flow matching, not <see cref="FlowShift"/>.</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>How μ shifts: exponential or linear.</summary>
    public string TimeShiftType { get; init; } = "exponential";

    /// <summary>Where a curve of σ ends, if not at the smallest of training.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>Where a curve of σ begins, if not at the largest of training.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>What the last σ of flow matching before 0 is stretched to, if anything.</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Refuses what no scheduler can be built from.</summary>
    internal override void Check()
    {
        SettingCheck.NoiseSchedule(this);
        SettingCheck.OneOf(PredictionType, "prediction_type", "epsilon", "sample", "v_prediction", "flow_prediction");
        SettingCheck.OneOf(SolverType, "solver_type", "bh1", "bh2", "midpoint", "heun", "logrho");
        SettingCheck.OneOf(FinalSigmasType, "final_sigmas_type", "zero", "sigma_min");
        SettingCheck.OneOf(TimeShiftType, "time_shift_type", "exponential", "linear");
        SettingCheck.Ratio(DynamicThresholdingRatio, "dynamic_thresholding_ratio");
        SettingCheck.Terminal(ShiftTerminal);
        SigmaCurve.Check(UseKarrasSigmas, UseExponentialSigmas, UseBetaSigmas);
        Refuse(SolverOrder < 1, $"expected solver_order of 1 or more, found {SolverOrder}");
        Refuse(!(FlowShift > 0), $"expected flow_shift above 0, found {FlowShift}");
        Refuse(ShiftTerminal is not null && !UseFlowSigmas, "shift_terminal needs use_flow_sigmas");
        Refuse(PredictionType == "flow_prediction" && !PredictX0, "flow_prediction needs predict_x0");
        // The log-SNR is infinite where σ is 0; these two would end in not-a-number there.
        Refuse(FinalSigmasType == "zero" && !PredictX0, "without predict_x0, final_sigmas_type has to be 'sigma_min'");
        Refuse(
            FinalSigmasType == "zero" && !LowerOrderFinal && SolverOrder > 1,
            "without lower_order_final, final_sigmas_type has to be 'sigma_min'");
        if (SolverP is { ValueKind: not JsonValueKind.Null })
            throw new NotSupportedException("another scheduler as solver_p is not supported here");
        if (UseExponentialSigmas && UseFlowSigmas)
            throw new NotSupportedException("use_exponential_sigmas with use_flow_sigmas is not supported here: it makes sigmas above 1");
    }

    private static void Refuse(bool condition, string message)
    {
        if (condition)
            throw new ArgumentException(message);
    }
}
