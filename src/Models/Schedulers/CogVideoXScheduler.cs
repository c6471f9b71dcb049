using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What the two schedulers of CogVideoX share: their settings, and what the model's output predicts.</summary>
public abstract class CogVideoXScheduler : AlphaScheduler
{
    private protected CogVideoXScheduler(CogVideoXSchedulerConfig config)
        : base(Checked(config), NoiseSchedule.ShiftedAlphasCumprod(config), config.SetAlphaToOne) => Config = config;

    /// <summary>The settings.</summary>
    public CogVideoXSchedulerConfig Config { get; }

    /// <summary>Writes <c>scheduler_config.json</c> as diffusers does.</summary>
    /// <param name="folder">Made if it is not there (in a pipeline's folder, <c>scheduler</c>).</param>
    public void SavePretrained(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var json = JsonConfig.Write(Config, GetType().Name);
        WholeFile.WriteText(Path.Combine(folder, "scheduler_config.json"), json);
    }

    /// <summary>The sample without noise that the model's output stands for.</summary>
    private protected Tensor PredictOriginal(Tensor modelOutput, Tensor sample, double alpha)
    {
        var (signal, noise) = (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
        return Config.PredictionType switch
        {
            "epsilon" => (sample - modelOutput.Times(noise)).Over(signal),
            "sample" => modelOutput.alias(),
            _ => sample.Times(signal) - modelOutput.Times(noise),
        };
    }

    private static CogVideoXSchedulerConfig Checked(CogVideoXSchedulerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        return config;
    }
}
