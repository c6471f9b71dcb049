using Afterimage.Models;
using TrainTiny.Pipeline;
using TrainTiny.Training;
using static TorchSharp.torch;

namespace TrainTiny.Tests;

[TestClass]
public sealed class TrainingTests
{
    private static readonly TrainingOptions s_options = new()
    {
        Seed = 4,
        AutoencoderSteps = 48,
        AutoencoderBatch = 4,
        DecoderSteps = 24,
        DecoderBatch = 2,
        Clips = 32,
        DenoiserSteps = 24,
        DenoiserBatch = 8,
        SaveEvery = 8,
        SampleEvery = 24,
        Type = ScalarType.Float32,
    };

    [TestMethod]
    public void Run_Interrupted_ComesToTheWeightsOfOneRun_AndLossesFall()
    {
        using var whole = new ScratchFolder();
        using var parts = new ScratchFolder();
        var (autoencoder, decoder, denoiser) = Train(whole.Path, CancellationToken.None);
        // Cancelled in the middle of each stage: once between saved states, once at one.
        foreach (var (stage, step) in new[] { ("autoencoder", 11), ("decoder", 5), ("denoiser", 16) })
        {
            using var source = new CancellationTokenSource();
            var stop = new Watch(progress =>
            {
                if (progress.Stage == stage && progress.Step == step)
                    source.Cancel();
            });
            Assert.ThrowsExactly<OperationCanceledException>(() => Train(parts.Path, source.Token, stop));
        }
        var (resumedAutoencoder, resumedDecoder, resumedDenoiser) = Train(parts.Path, CancellationToken.None);

        CollectionAssert.AreEqual(autoencoder.ToArray(), resumedAutoencoder.ToArray());
        CollectionAssert.AreEqual(decoder.ToArray(), resumedDecoder.ToArray());
        CollectionAssert.AreEqual(denoiser.ToArray(), resumedDenoiser.ToArray());
        foreach (var name in (string[])["vae/diffusion_pytorch_model.safetensors", "transformer/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors"])
            CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(whole.Path, name)), File.ReadAllBytes(Path.Combine(parts.Path, name)), name);
        Assert.IsLessThan(autoencoder.Take(12).Average(), autoencoder.TakeLast(12).Average());
        Assert.IsLessThan(decoder.Take(6).Average(), decoder.TakeLast(6).Average());
        Assert.IsLessThan(denoiser.Take(6).Average(), denoiser.TakeLast(6).Average());
        Assert.IsTrue(File.Exists(Path.Combine(whole.Path, "training", "samples", "step-00024.webp")));

        using var pipeline = CogVideoXPipeline.FromPretrained(whole.Path);
        using var film = pipeline.Generate("two blue squares falling", new() { NumInferenceSteps = 2 });
        CollectionAssert.AreEqual(new long[] { 1, 17, 3, 64, 64 }, film.shape);
        Assert.IsEmpty(pipeline.TruncatedTexts);
    }

    [TestMethod]
    public void Run_IntoTrainingOfOtherSteps_SaysSo()
    {
        using var folder = new ScratchFolder();
        using var source = new CancellationTokenSource();
        Assert.ThrowsExactly<OperationCanceledException>(() => Train(folder.Path, source.Token, new Watch(_ => source.Cancel())));

        var error = Assert.ThrowsExactly<InvalidDataException>(
            () => Run(folder.Path, s_options with { AutoencoderSteps = 49 }, new Watch(_ => { }), CancellationToken.None));
        Assert.Contains("49 steps", error.Message);
        Assert.Contains("48", error.Message);
    }

    [TestMethod]
    public void Tokenizer_OfEveryCaption_KnowsItsWords()
    {
        using var folder = new ScratchFolder();
        TokenizerWriter.Write(folder.Path);
        var tokenizer = T5Tokenizer.FromPretrained(folder.Path);
        var random = new Random(8);
        for (var i = 0; i < 500; i++)
        {
            var caption = Scenes.SceneCaption.Of(Scenes.Scene.Sample(random), random);
            var ids = tokenizer.EncodeToIds(caption);

            Assert.AreEqual(caption, tokenizer.Decode(ids));
            Assert.IsLessThanOrEqualTo(Architecture.Tiny.Transformer.MaxTextSeqLength, ids.Count, caption);
        }
    }

    private static (IReadOnlyList<float> Autoencoder, IReadOnlyList<float> Decoder, IReadOnlyList<float> Denoiser) Train(
        string folder, CancellationToken cancellationToken, IProgress<TrainingProgress>? progress = null) =>
        Run(folder, s_options, progress ?? new Watch(_ => { }), cancellationToken);

    private static (IReadOnlyList<float> Autoencoder, IReadOnlyList<float> Decoder, IReadOnlyList<float> Denoiser) Run(
        string folder, TrainingOptions options, IProgress<TrainingProgress> progress, CancellationToken cancellationToken) =>
        PipelineTraining.Run(new PipelineFolder(folder), Architecture.Minute, options, progress, cancellationToken);

    private sealed class Watch(Action<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen(value);
    }

    private sealed class ScratchFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("train-tiny-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
