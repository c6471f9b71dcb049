using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What <see cref="LTXPipeline"/> is asked for besides a prompt: by default 161 frames of 512 × 704 pixels, and prompts of 128 tokens. Frames are best one more
/// than a multiple of 8. Source: diffusers <c>pipelines/ltx/pipeline_ltx.py</c>.
/// </summary>
public sealed record LTXGenerationOptions : VideoGenerationOptions
{
    /// <summary>Options with the defaults of diffusers.</summary>
    public LTXGenerationOptions() => GuidanceScale = 3;

    /// <summary>Frames per second, by which the model tells how far apart they are.</summary>
    public double FrameRate { get; init; } = 25;

    /// <summary>How far guided predictions are brought to the deviation of unguided ones, from 0 to 1, against overexposure.</summary>
    public double GuidanceRescale { get; init; }

    /// <summary>Which tokens of <see cref="GenerationOptions.PromptEmbeds"/> are there, [prompts, tokens]; it goes with them.</summary>
    public Tensor? PromptAttentionMask { get; init; }

    /// <summary>Which tokens of <see cref="GenerationOptions.NegativePromptEmbeds"/> are there.</summary>
    public Tensor? NegativePromptAttentionMask { get; init; }

    /// <summary>The timestep that an autoencoder with timesteps decodes at.</summary>
    public double DecodeTimestep { get; init; }

    /// <summary>How much noise it is given, by default as much as <see cref="DecodeTimestep"/>.</summary>
    public double? DecodeNoiseScale { get; init; }
}
