using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What <see cref="CogVideoXImageToVideoPipeline"/> is asked for besides a prompt. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox_image2video.py</c>.
/// </summary>
public sealed record CogVideoXImageToVideoGenerationOptions : CogVideoXGenerationOptions
{
    /// <summary>
    /// The picture that the video begins with, in [0, 1]: [3, height, width], or [prompts, 3, height, width]. One of another size than the video is resized, by
    /// nearest neighbours as diffusers does it with tensors.
    /// </summary>
    public Tensor? Image { get; init; }

    /// <inheritdoc/>
    internal override GenerationOptions WithImage(Tensor? image) => this with { Image = image };
}
