using TrainTiny.Pipeline;
using TrainTiny.Scenes;

namespace TrainTiny.Training;

/// <summary>The whole of training: autoencoder, clips as its latents, its decoder, transformer and text encoder.</summary>
internal static class PipelineTraining
{
    /// <summary>Trains into a folder, from where an earlier training into it was interrupted.</summary>
    /// <exception cref="InvalidDataException">The earlier training had other options.</exception>
    /// <returns>The losses of all steps of the autoencoder, of its decoder alone, and of transformer and text encoder.</returns>
    public static (IReadOnlyList<float> Autoencoder, IReadOnlyList<float> Decoder, IReadOnlyList<float> Denoiser) Run(
        PipelineFolder folder, Architecture architecture, TrainingOptions options, IProgress<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        // Another seed, say, would be forgotten where training has begun: it goes on from a saved state.
        TrainingRecord.Check(folder.Training, options);
        folder.WriteSettings();
        var (autoencoder, autoencoderLosses) =
            AutoencoderTraining.Run(architecture.Autoencoder, folder.Training, options, progress, cancellationToken);
        using (autoencoder)
        {
            var (weights, decoderLosses) = Decoder();
            using (weights)
            // A small denoiser takes many more steps to learn where shapes are than what they are.
            using (var latents = LatentSet.Encode(autoencoder, random => Scene.Sample(random).ThroughMiddle, options, progress, cancellationToken))
            using (var denoiser = new DenoiserTraining(architecture, folder.Tokenizer, options))
            {
                folder.SaveAutoencoder(architecture.Autoencoder with { ScalingFactor = latents.ScalingFactor }, weights);
                var denoiserLosses = denoiser.Run(latents, folder.Training, progress, step => Show(denoiser, step), cancellationToken);
                folder.SaveDenoiser(architecture, denoiser.Weights);
                return (autoencoderLosses, decoderLosses, denoiserLosses);
            }
        }

        (TrainedWeights Weights, IReadOnlyList<float> Losses) Decoder()
        {
            using var latents = LatentSet.Encode(autoencoder, Scene.Sample, options, progress, cancellationToken);
            return DecoderTraining.Run(autoencoder, latents, folder.Training, options, progress, cancellationToken);
        }

        void Show(DenoiserTraining denoiser, int step)
        {
            if (step % options.SampleEvery != 0 && step != options.DenoiserSteps)
                return;
            folder.SaveDenoiser(architecture, denoiser.Weights);
            SampleFilms.Write(folder.Path, Path.Combine(folder.Training, "samples", $"step-{step:D5}.webp"), options.Device, cancellationToken);
        }
    }
}
