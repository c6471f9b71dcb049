namespace Afterimage.Models;

/// <summary>
/// What <see cref="LattePipeline"/> is asked for besides a prompt: by default videos of the size in the transformer's config (512 × 512), of as many frames
/// (diffusers' <c>video_length</c>, 16), and prompts of 120 tokens. <see cref="VideoGenerationOptions.NumVideosPerPrompt"/> is its
/// <c>num_images_per_prompt</c>. Source: diffusers <c>pipelines/latte/pipeline_latte.py</c>.
/// </summary>
public sealed record LatteGenerationOptions : VideoGenerationOptions
{
    /// <summary>Options with the defaults of diffusers.</summary>
    public LatteGenerationOptions() => GuidanceScale = 7.5;

    /// <summary>Whether captions are cleaned of what is not about the picture, as addresses and file names; otherwise they are put in lower case and trimmed.</summary>
    public bool CleanCaption { get; init; } = true;

    /// <summary>Whether padding is taken off the prompts' embeddings; embeddings that are given are left as they are.</summary>
    public bool MaskFeature { get; init; } = true;

    /// <summary>Whether the temporal blocks are called.</summary>
    public bool EnableTemporalAttentions { get; init; } = true;

    /// <summary>How many frames are decoded at once.</summary>
    public int DecodeChunkSize { get; init; } = 14;
}
