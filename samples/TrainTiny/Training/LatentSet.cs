using Afterimage;
using Afterimage.Models;
using TrainTiny.Scenes;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>Clips as latents, so that what learns from these need not wait for the encoder at every step.</summary>
internal sealed class LatentSet : IDisposable
{
    private const int ClipsAtOnce = 16;

    private readonly Scene[] _scenes;
    private readonly Tensor _latents; // [clips, frames, channels, height, width], on the CPU

    private LatentSet(Scene[] scenes, Tensor latents, double scalingFactor) =>
        (_scenes, _latents, ScalingFactor) = (scenes, latents, scalingFactor);

    /// <summary>What latents are multiplied by so that their standard deviation is 1.</summary>
    public double ScalingFactor { get; }

    /// <summary>Draws clips and encodes them. The caller owns the set.</summary>
    public static LatentSet Encode(
        AutoencoderKLCogVideoX model,
        Func<Random, Scene> sample,
        TrainingOptions options,
        IProgress<TrainingProgress> progress,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var random = options.RandomOf("clips", 0);
        Scene[] scenes = [.. Enumerable.Range(0, options.Clips).Select(_ => sample(random))];
        var encoded = new List<Tensor>();
        var done = 0;
        foreach (var some in scenes.Chunk(ClipsAtOnce))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var clips = AutoencoderTraining.Clips(some, options);
            using var posterior = model.Encode(clips);
            encoded.Add(posterior.Mean.transpose(1, 2).to(ScalarType.Float32, CPU).contiguous());
            progress.Report(new TrainingProgress("clips", done += some.Length, scenes.Length, null));
        }

        var latents = cat(encoded);
        var scalingFactor = Math.Round(1 / latents.std().item<float>(), 6);
        return new LatentSet(scenes, latents.Times(scalingFactor).DetachFromDisposeScope(), scalingFactor);
    }

    /// <summary>Some clips, drawn with replacement: their scenes, and their latents in the current dispose scope.</summary>
    public (Scene[] Scenes, Tensor Latents) Draw(int count, Random random)
    {
        long[] indices = [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(_scenes.Length))];
        using var rows = tensor(indices);
        return ([.. indices.Select(index => _scenes[index])], _latents.index_select(0, rows));
    }

    public void Dispose() => _latents.Dispose();
}
