using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What the two schedulers of CogVideoX share: their settings, and what the model's output predicts.</summary>
public abstract class CogVideoXScheduler : AlphaScheduler
{
    private protected CogVideoXScheduler(CogVideoXSchedulerConfig config)
        : base(Checked(config), NoiseSchedule.ShiftedAlphasCumprod(config), config.SetAlphaToOne) => Config = config;

    /// <summary>The settings.</summary>
    public CogVideoXSchedulerConfig Config { get; }

    /// <summary>The sample without noise that the model's output stands for.</summary>
    private protected Tensor PredictOriginal(Tensor modelOutput, Tensor sample, double alpha)
    {
        var (signal, noise) = (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
        return Config.PredictionType switch
        {
            "epsilon" => (sample - noise * modelOutput) / signal,
            "sample" => modelOutput.alias(),
            _ => signal * sample - noise * modelOutput,
        };
    }

    private static CogVideoXSchedulerConfig Checked(CogVideoXSchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        return config;
    }
}
