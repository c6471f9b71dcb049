using TorchSharp;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>How long to train, and on what. Equal options on one machine give equal weights, however often training is interrupted.</summary>
internal sealed record TrainingOptions
{
    /// <summary>What all random numbers come from.</summary>
    public int Seed { get; init; }

    /// <summary>The steps of the autoencoder.</summary>
    public int AutoencoderSteps { get; init; } = 2200;

    /// <summary>Parts of clips per step of the autoencoder, four times as many as whole clips.</summary>
    public int AutoencoderBatch { get; init; } = 16;

    /// <summary>The steps of the decoder alone.</summary>
    public int DecoderSteps { get; init; } = 1500;

    /// <summary>Clips per step of the decoder.</summary>
    public int DecoderBatch { get; init; } = 4;

    /// <summary>Clips that decoder and denoiser see, again and again.</summary>
    public int Clips { get; init; } = 12_000;

    /// <summary>The steps of transformer and text encoder.</summary>
    public int DenoiserSteps { get; init; } = 12_000;

    /// <summary>Clips per step of transformer and text encoder.</summary>
    public int DenoiserBatch { get; init; } = 32;

    /// <summary>Steps between two saved states.</summary>
    public int SaveEvery { get; init; } = 200;

    /// <summary>Steps between two sample films.</summary>
    public int SampleEvery { get; init; } = 1000;

    /// <summary>Where to compute.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>The type to compute in; weights are kept in float32 whatever it is.</summary>
    public ScalarType Type { get; init; } = ScalarType.BFloat16;

    /// <summary>Random numbers of one step, the same whether or not training was interrupted before it.</summary>
    public Random RandomOf(string stage, int step)
    {
        // FNV-1a: string.GetHashCode differs from process to process.
        var hash = 2166136261u;
        foreach (var character in $"{Seed}/{stage}/{step}")
            hash = (hash ^ character) * 16777619;
        return new Random((int)hash);
    }
}
