namespace Afterimage.Models;

/// <summary>
/// What <see cref="CogVideoXPipeline"/> is asked for besides a prompt. Height and width are by default what the transformer's config is made for (480 × 720 for
/// CogVideoX 1.0), frames its <c>sample_frames</c> (49), and best one more than a multiple of 8: the autoencoder makes 1 + 4n frames out of an odd number of
/// latent frames, and 4n out of an even one. Prompts have <c>max_text_seq_length</c> tokens (226; diffusers' pipeline takes 226 for every model). Its
/// <c>eta</c> is not here: neither of CogVideoX's schedulers uses it. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c>.
/// </summary>
public record CogVideoXGenerationOptions : VideoGenerationOptions
{
    /// <summary>Options with the defaults of diffusers.</summary>
    public CogVideoXGenerationOptions() => GuidanceScale = 6;

    /// <summary>Whether the scale changes from step to step, between 1 and <see cref="GenerationOptions.GuidanceScale"/> + 1.</summary>
    public bool UseDynamicCfg { get; init; }
}
