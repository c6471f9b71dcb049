using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What <see cref="FluxPipeline"/> is asked for besides a prompt: by default 1024 × 1024 pixels, 28 steps, and prompts of 512 tokens.
/// <see cref="GenerationOptions.GuidanceScale"/> is what models with guidance distilled into them are told, and costs nothing. Source: diffusers
/// <c>pipelines/flux/pipeline_flux.py</c>.
/// </summary>
public sealed record FluxGenerationOptions : GenerationOptions
{
    /// <summary>Options with the defaults of diffusers.</summary>
    public FluxGenerationOptions() => (GuidanceScale, NumInferenceSteps) = (3.5, 28);

    /// <summary>The number of pictures from every prompt.</summary>
    public int NumImagesPerPrompt { get; init; } = 1;

    /// <summary>What the T5 reads instead of the prompt, which CLIP reads.</summary>
    public string? Prompt2 { get; init; }

    /// <summary>What the T5 reads instead of the negative prompt.</summary>
    public string? NegativePrompt2 { get; init; }

    /// <summary>The scale of classifier-free guidance; above 1, and with a negative prompt or its embeddings, the model is called twice a step.</summary>
    public double TrueCfgScale { get; init; } = 1;

    /// <summary>The prompts' pooled embeddings, [prompts, pooled width], which go with <see cref="GenerationOptions.PromptEmbeds"/>.</summary>
    public Tensor? PooledPromptEmbeds { get; init; }

    /// <summary>The negative prompts' pooled embeddings, which go with <see cref="GenerationOptions.NegativePromptEmbeds"/>.</summary>
    public Tensor? NegativePooledPromptEmbeds { get; init; }

    internal override int PerPrompt
    {
        get => NumImagesPerPrompt;
        init => NumImagesPerPrompt = value;
    }

    /// <summary>Whether the model is called twice a step.</summary>
    internal bool IsGuided => TrueCfgScale > 1 && (NegativePrompt is not null || NegativePromptEmbeds is not null);
}
