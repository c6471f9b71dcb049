using Afterimage;
using Afterimage.Models;
using TorchSharp;
using TrainTiny.Pipeline;
using TrainTiny.Scenes;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>
/// Trains transformer and text encoder together to predict the velocity √ᾱ·noise − √(1−ᾱ)·latents of noised latents (Salimans and Ho,
/// 2022), without the prompt in one of ten clips so that guidance has something to lead away from.
/// </summary>
internal sealed class DenoiserTraining : IDisposable
{
    private const string Stage = "denoiser";
    private const double LearningRate = 1e-3;
    private const double ShareWithoutPrompt = 0.1;

    private readonly CogVideoXTransformer3DModel _transformer;
    private readonly T5EncoderModel _textEncoder;
    private readonly T5Tokenizer _tokenizer;
    private readonly TrainingOptions _options;

    public DenoiserTraining(Architecture architecture, T5Tokenizer tokenizer, TrainingOptions options)
    {
        (_tokenizer, _options) = (tokenizer, options);
        manual_seed(options.Seed);
        _transformer = CogVideoXTransformer3DModel.FromConfig(architecture.Transformer, options.Device, options.Type);
        _textEncoder = T5EncoderModel.FromConfig(architecture.TextEncoder, options.Device, options.Type);
        BeginAsIdentity(_transformer);
        Weights = new TrainedWeights([.. _transformer.parameters(), .. _textEncoder.parameters()]);
    }

    /// <summary>Those of the transformer, then those of the text encoder.</summary>
    public TrainedWeights Weights { get; }

    /// <summary>Trains, from a saved state on if there is one.</summary>
    public IReadOnlyList<float> Run(
        LatentSet latents, string folder, IProgress<TrainingProgress> progress, Action<int> afterSave, CancellationToken cancellationToken)
    {
        var loop = new TrainingLoop(Stage, folder, Weights, _options.DenoiserSteps, LearningRate);
        loop.Resume();
        loop.Run(step => Loss(latents, step), _options.SaveEvery, progress, afterSave, cancellationToken);
        return loop.Losses;
    }

    public void Dispose()
    {
        Weights.Dispose();
        _transformer.Dispose();
        _textEncoder.Dispose();
    }

    /// <summary>
    /// Lets every block pass on what it gets, and the model predict 0, by gates and an output of 0: deep transformers learn faster from
    /// there (Peebles and Xie, 2023, adaLN-Zero).
    /// </summary>
    private static void BeginAsIdentity(CogVideoXTransformer3DModel transformer)
    {
        using var noGradient = no_grad();
        foreach (var (name, parameter) in transformer.named_parameters())
            if (name.Contains("norm1.linear.") || name.Contains("norm2.linear.") || name.StartsWith("norm_out.linear.") || name.StartsWith("proj_out."))
                parameter.zero_();
    }

    private Tensor Loss(LatentSet set, int step)
    {
        var random = _options.RandomOf(Stage, step);
        var (scenes, latents) = set.Draw(_options.DenoiserBatch, random);
        using var generator = new Generator((ulong)random.NextInt64(), CPU);
        var noise = randn(latents.shape, generator: generator);
        var scheduler = PipelineFolder.Scheduler;
        // The noisier of two timesteps: where shapes are, and which, is decided in much noise.
        long[] timesteps = [.. scenes.Select(_ => (long)Math.Max(AnyTimestep(), AnyTimestep()))];
        var noised = scheduler.AddNoise(latents, noise, timesteps);
        var velocity = scheduler.GetVelocity(latents, noise, timesteps);
        var prompts = scenes.Select(scene => random.NextDouble() < ShareWithoutPrompt ? "" : SceneCaption.Of(scene, random));
        var text = _textEncoder.call(Ids(prompts).to(_options.Device), null);
        var predicted = _transformer.call(
            noised.to(_options.Type, _options.Device), text, tensor(timesteps, device: _options.Device), null, null, null);
        return (predicted.to(ScalarType.Float32) - velocity.to(_options.Device)).Squared().mean();

        int AnyTimestep() => random.Next(scheduler.Config.NumTrainTimesteps);
    }

    private Tensor Ids(IEnumerable<string> prompts)
    {
        using var scope = NewDisposeScope();
        var rows = new List<Tensor>();
        foreach (var prompt in prompts)
        {
            using var tokens = _tokenizer.Encode(prompt, _transformer.Config.MaxTextSeqLength);
            rows.Add(tokens.InputIds.alias());
        }
        return cat(rows).MoveToOuterDisposeScope();
    }
}
