using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What <see cref="CogVideoXPipeline"/> is asked for besides a prompt, with the names and defaults of diffusers' pipeline. Tensors
/// stay the caller's and are not written to. Its <c>eta</c> is not here: neither of CogVideoX's schedulers uses it. Source: diffusers
/// <c>pipelines/cogvideo/pipeline_cogvideox.py</c>.
/// </summary>
public sealed record CogVideoXGenerationOptions
{
    /// <summary>What not to show. Without guidance it is not used.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>In pixels; by default what the transformer's config is made for (480 for CogVideoX 1.0).</summary>
    public int? Height { get; init; }

    /// <summary>In pixels; by default what the transformer's config is made for (720 for CogVideoX 1.0).</summary>
    public int? Width { get; init; }

    /// <summary>
    /// The number of frames, by default <c>sample_frames</c> of the transformer's config (49 for CogVideoX 1.0). Best one more than
    /// a multiple of 8: the autoencoder makes 1 + 4n frames out of an odd number of latent frames, and 4n out of an even one.
    /// </summary>
    public int? NumFrames { get; init; }

    /// <summary>The number of denoising steps.</summary>
    public int NumInferenceSteps { get; init; } = 50;

    /// <summary>The scale of classifier-free guidance; at 1 or below there is none, and half the work.</summary>
    public double GuidanceScale { get; init; } = 6;

    /// <summary>Whether the scale changes from step to step, between 1 and <see cref="GuidanceScale"/> + 1.</summary>
    public bool UseDynamicCfg { get; init; }

    /// <summary>The number of videos from every prompt. (diffusers reads it and then makes one.)</summary>
    public int NumVideosPerPrompt { get; init; } = 1;

    /// <summary>
    /// Seeds the noise, which is then drawn on the CPU, so that a seed gives the same video on every device, and the one of diffusers with
    /// <c>torch.Generator().manual_seed(seed)</c>. <see langword="null"/>: torch's own generator.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>
    /// The noise to begin with, instead of a draw: [batch, frames, channels, height, width] in latents, padding frames of CogVideoX 1.5
    /// included.
    /// </summary>
    public Tensor? Latents { get; init; }

    /// <summary>The prompts' embeddings, instead of a prompt: [prompts, tokens, text embed dim].</summary>
    public Tensor? PromptEmbeds { get; init; }

    /// <summary>The negative prompts' embeddings, of the shape of <see cref="PromptEmbeds"/>, which they go with.</summary>
    public Tensor? NegativePromptEmbeds { get; init; }

    /// <summary>
    /// The number of tokens that prompts are cut or padded to, by default <c>max_text_seq_length</c> of the transformer's config: what
    /// it was trained with (226 for CogVideoX 1.0; diffusers' pipeline takes 226 for every model). Embeddings that are given keep their length.
    /// </summary>
    public int? MaxSequenceLength { get; init; }

    /// <summary>
    /// Called after every denoising step, in the dispose scope that the generation was called in, with the step's index, its timestep and
    /// the latents after it, [batch, frames, channels, height, width]: a view that ends with the call. What it writes into the view, the
    /// next step goes on from. An exception ends the generation.
    /// </summary>
    public Action<int, long, Tensor>? OnStepEnd { get; init; }
}
