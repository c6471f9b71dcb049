using Afterimage;
using Afterimage.Models;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>
/// Trains the autoencoder's decoder further on latents that stay as they are. What is wrong just outside of a shape now weighs as much as
/// what is wrong inside, since edges tell kinds apart.
/// </summary>
internal static class DecoderTraining
{
    private const string Stage = "decoder";
    private const double LearningRate = 1e-3;
    private const int Margin = 3;

    /// <summary>Trains, from a saved state on if there is one.</summary>
    /// <param name="model">Trained; only its decoder changes.</param>
    /// <param name="latents">Of the clips that it learns to give back.</param>
    /// <returns>The weights of the whole model, which the caller owns, and the losses of all steps.</returns>
    public static (TrainedWeights Weights, IReadOnlyList<float> Losses) Run(
        AutoencoderKLCogVideoX model,
        LatentSet latents,
        string folder,
        TrainingOptions options,
        IProgress<TrainingProgress> progress,
        CancellationToken cancellationToken)
    {
        var weights = new TrainedWeights(model.parameters());
        try
        {
            var loop = new TrainingLoop(Stage, folder, weights, options.DecoderSteps, LearningRate);
            loop.Resume();
            loop.Run(step => Loss(model, latents, options, step), options.SaveEvery, progress, _ => { }, cancellationToken);
            return (weights, loop.Losses);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private static Tensor Loss(AutoencoderKLCogVideoX model, LatentSet set, TrainingOptions options, int step)
    {
        var random = options.RandomOf(Stage, step);
        var (scenes, latents) = set.Draw(options.DecoderBatch, random);
        using var generator = new Generator((ulong)random.NextInt64(), CPU);
        var noised = ClipLoss.Noised(latents.Over(set.ScalingFactor).transpose(1, 2).contiguous(), generator);
        var decoded = model.Decode(noised.to(options.Type, options.Device));
        return ClipLoss.Of(decoded, AutoencoderTraining.Clips(scenes, options), scenes, Margin);
    }
}
