using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What <see cref="WanImageToVideoPipeline"/> is asked for besides a prompt. Source: diffusers <c>pipelines/wan/pipeline_wan_i2v.py</c>.
/// </summary>
public sealed record WanImageToVideoGenerationOptions : WanGenerationOptions
{
    /// <summary>
    /// The picture that the video begins with, in [0, 1]: [3, height, width], or [prompts, 3, height, width]. One of another size than the video is resized, by
    /// nearest neighbours as diffusers does it with tensors.
    /// </summary>
    public Tensor? Image { get; init; }

    /// <summary>The picture that the video ends with, as <see cref="Image"/>; <see langword="null"/> where the model may end as it likes.</summary>
    public Tensor? LastImage { get; init; }

    /// <summary>
    /// What the image encoder would say of the pictures, instead of asking it: [1 or prompts, tokens, width]; for a model of a first and a last picture, those
    /// of both in turn, [2 or 2 × prompts, tokens, width]. For Wan 2.1: the models of Wan 2.2 take none.
    /// </summary>
    public Tensor? ImageEmbeds { get; init; }

    /// <inheritdoc/>
    internal override GenerationOptions WithImage(Tensor? image) => this with { Image = image };
}
