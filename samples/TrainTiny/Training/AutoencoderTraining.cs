using Afterimage.Models;
using TorchSharp;
using TrainTiny.Scenes;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>Trains the autoencoder to give clips back, and to keep its latents near a normal distribution.</summary>
internal static class AutoencoderTraining
{
    private const string Stage = "autoencoder";
    private const double DivergenceWeight = 5e-4;
    private const double LearningRate = 2e-3;

    /// <summary>Builds the model and trains it, from a saved state on if there is one. The caller owns both results.</summary>
    public static (AutoencoderKLCogVideoX Model, TrainedWeights Weights, IReadOnlyList<float> Losses) Run(
        AutoencoderKLCogVideoXConfig config, string folder, TrainingOptions options, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        manual_seed(options.Seed);
        var model = AutoencoderKLCogVideoX.FromConfig(config, options.Device, options.Type);
        var weights = new TrainedWeights(model.parameters());
        try
        {
            var loop = new TrainingLoop(Stage, folder, weights, options.AutoencoderSteps, LearningRate);
            loop.Resume();
            loop.Run(step => Loss(model, options, step), options.SaveEvery, progress, _ => { }, cancellationToken);
            weights.CopyAverageTo(model.parameters());
            return (model, weights, loop.Losses);
        }
        catch
        {
            weights.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>[batch, 3, frames, height, width] in [−1, 1], as the autoencoder takes clips. In the current dispose scope.</summary>
    public static Tensor Clips(IEnumerable<Scene> scenes, TrainingOptions options)
    {
        using var scope = NewDisposeScope();
        var clips = stack(scenes.Select(SceneRenderer.Render)).transpose(1, 2) * 2 - 1;
        return clips.to(options.Type, options.Device).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Loss(AutoencoderKLCogVideoX model, TrainingOptions options, int step)
    {
        var random = options.RandomOf(Stage, step);
        var clips = Clips(Enumerable.Range(0, options.AutoencoderBatch).Select(_ => Scene.Sample(random)).ToArray(), options);
        using var generator = new Generator((ulong)random.NextInt64(), CPU);
        using var posterior = model.Encode(clips);
        var decoded = model.Decode(posterior.Sample(generator));
        var error = (decoded - clips).to(ScalarType.Float32);
        var divergence = posterior.Kl().to(ScalarType.Float32).sum() / posterior.Mean.numel();
        // The absolute error keeps edges sharp; the square's gradient vanishes where there is nothing to mend.
        return error.abs().mean() + error.square().mean() + DivergenceWeight * divergence;
    }
}
