using Afterimage;
using Afterimage.Models;
using TorchSharp;
using TrainTiny.Scenes;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>Trains the autoencoder to give clips back, and to keep its latents near a normal distribution.</summary>
internal static class AutoencoderTraining
{
    private const string Stage = "autoencoder";
    private const double DivergenceWeight = 5e-3;
    private const double LearningRate = 2e-3;
    private const int PartOfFrames = 9;
    private const int PartOfSide = 32;

    /// <summary>Builds the model and trains it, from a saved state on if there is one. The caller owns it.</summary>
    public static (AutoencoderKLCogVideoX Model, IReadOnlyList<float> Losses) Run(
        AutoencoderKLCogVideoXConfig config, string folder, TrainingOptions options, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        manual_seed(options.Seed);
        var model = AutoencoderKLCogVideoX.FromConfig(config, options.Device, options.Type);
        try
        {
            using var weights = new TrainedWeights(model.parameters());
            var loop = new TrainingLoop(Stage, folder, weights, options.AutoencoderSteps, LearningRate);
            loop.Resume();
            loop.Run(step => Loss(model, options, step), options.SaveEvery, progress, _ => { }, cancellationToken);
            weights.CopyAverageTo(model.parameters());
            return (model, loop.Losses);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>[batch, 3, frames, height, width] in [−1, 1], as the autoencoder takes clips. In the current dispose scope.</summary>
    public static Tensor Clips(IEnumerable<Scene> scenes, TrainingOptions options)
    {
        using var scope = NewDisposeScope();
        var clips = stack(scenes.Select(SceneRenderer.Render)).transpose(1, 2).Times(2).Minus(1);
        return clips.to(options.Type, options.Device).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Loss(AutoencoderKLCogVideoX model, TrainingOptions options, int step)
    {
        var random = options.RandomOf(Stage, step);
        // Whole clips go through in two batches of frames, the second of which finds the first one's in the convolutions' caches. Most
        // steps see parts of clips, of which there are more in the same time.
        var isWhole = step % 4 == 3;
        var scenes = Enumerable.Range(0, isWhole ? options.AutoencoderBatch / 4 : options.AutoencoderBatch).Select(_ => Scene.Sample(random)).ToArray();
        var clips = Clips(scenes, options);
        if (!isWhole)
        {
            const int places = (SceneRenderer.Side - PartOfSide) / 8 + 1;
            clips = clips
                .narrow(2, 4 * random.Next((SceneRenderer.Frames - PartOfFrames) / 4 + 1), PartOfFrames)
                .narrow(3, 8 * random.Next(places), PartOfSide)
                .narrow(4, 8 * random.Next(places), PartOfSide)
                .contiguous();
        }

        using var generator = new Generator((ulong)random.NextInt64(), CPU);
        using var posterior = model.Encode(clips);
        var decoded = model.Decode(ClipLoss.Noised(posterior.Sample(generator), generator));
        var divergence = posterior.Kl().to(ScalarType.Float32).sum().Over(posterior.Mean.numel());
        return ClipLoss.Of(decoded, clips, scenes).Plus(divergence.Times(DivergenceWeight));
    }
}
