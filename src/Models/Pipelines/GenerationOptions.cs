using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What a pipeline is asked for besides a prompt, with the names and defaults of diffusers' pipelines. Tensors stay the caller's and are not written to.
/// </summary>
public abstract record GenerationOptions
{
    /// <summary>What not to show. Without guidance it is not used.</summary>
    public string? NegativePrompt { get; init; }

    /// <summary>In pixels; by default what the pipeline's models are made for.</summary>
    public int? Height { get; init; }

    /// <summary>In pixels; by default what the pipeline's models are made for.</summary>
    public int? Width { get; init; }

    /// <summary>The number of denoising steps.</summary>
    public int NumInferenceSteps { get; init; } = 50;

    /// <summary>The scale of classifier-free guidance; at 1 or below there is none, and half the work.</summary>
    public double GuidanceScale { get; init; }

    /// <summary>
    /// Seeds the noise, which is then drawn on the CPU, so that a seed gives the same result on every device, and the one of diffusers with
    /// <c>torch.Generator().manual_seed(seed)</c>. <see langword="null"/>: torch's own generator.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>The noise to begin with, instead of a draw, in the shape that the pipeline's latents have.</summary>
    public Tensor? Latents { get; init; }

    /// <summary>The prompts' embeddings, instead of a prompt: [prompts, tokens, width].</summary>
    public Tensor? PromptEmbeds { get; init; }

    /// <summary>The negative prompts' embeddings, of the shape of <see cref="PromptEmbeds"/>, which they go with.</summary>
    public Tensor? NegativePromptEmbeds { get; init; }

    /// <summary>
    /// The number of tokens that prompts are cut or padded to, by default what the models were trained with. Embeddings that are given keep their length.
    /// </summary>
    public int? MaxSequenceLength { get; init; }

    /// <summary>
    /// Called after every denoising step, in the dispose scope that the generation was called in, with the step's index, its timestep and
    /// the latents after it: a view that ends with the call. What it writes into the view, the next step goes on from. An exception ends the generation.
    /// </summary>
    public Action<int, double, Tensor>? OnStepEnd { get; init; }

    /// <summary>How many results there are of every prompt.</summary>
    internal abstract int PerPrompt { get; init; }

    /// <summary>The same with a picture to begin with, or none; <see langword="null"/> where the pipeline begins with no picture.</summary>
    internal virtual GenerationOptions? WithImage(Tensor? image) => null;

    /// <summary>How many results there are.</summary>
    internal long Results => (PromptEmbeds?.size(0) ?? 1) * PerPrompt;

    /// <summary>
    /// The tokens of every prompt, padding included. A negative prompt beside given embeddings takes their length: other rows would not fit into one batch.
    /// </summary>
    /// <param name="usual">What the models were trained with.</param>
    internal int TextLength(int usual) => (int?)PromptEmbeds?.size(1) ?? MaxSequenceLength ?? usual;
}
