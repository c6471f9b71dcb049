namespace Afterimage.Models;

/// <summary>
/// What <see cref="WanPipeline"/> is asked for besides a prompt: by default 81 frames of 480 × 832 pixels, and prompts of 512 tokens. Frames are best one more
/// than a multiple of 4. Height and width are whole patches; other multiples of 16 are rounded down to those, as diffusers does. Source: diffusers
/// <c>pipelines/wan/pipeline_wan.py</c>.
/// </summary>
public record WanGenerationOptions : VideoGenerationOptions
{
    /// <summary>Options with the defaults of diffusers.</summary>
    public WanGenerationOptions() => GuidanceScale = 5;

    /// <summary>
    /// The guidance scale of the second transformer, where the pipeline has one; <see langword="null"/> for <see cref="GenerationOptions.GuidanceScale"/>.
    /// </summary>
    public double? GuidanceScale2 { get; init; }
}
