using Afterimage;
using TrainTiny.Scenes;
using static TorchSharp.torch;

namespace TrainTiny.Training;

/// <summary>How far decoded clips are from what they should be.</summary>
internal static class ClipLoss
{
    private const double ShapeWeight = 8;
    private const double LargestNoise = 0.3;

    /// <summary>The mean of squared and absolute errors, of which those of shapes weigh more.</summary>
    /// <param name="decoded">[batch, 3, frames, height, width].</param>
    /// <param name="clips">What was encoded.</param>
    /// <param name="scenes">What they show.</param>
    /// <param name="margin">How many pixels around shapes weigh as much as they.</param>
    public static Tensor Of(Tensor decoded, Tensor clips, Scene[] scenes, int margin = 0)
    {
        var error = (decoded - clips).to(ScalarType.Float32);
        return (WeightOf(scenes, clips, margin) * error.Squared().Plus(error.abs())).mean();
    }

    /// <summary>
    /// What a denoiser makes is never quite a clip's latents: noise, in parts of their own deviation, teaches the encoder to keep the kinds
    /// of shapes apart and the decoder to tell them.
    /// </summary>
    public static Tensor Noised(Tensor latents, Generator generator)
    {
        var deviation = latents.detach().std().Times(LargestNoise) * rand([latents.shape[0], 1, 1, 1, 1], generator: generator).to(latents.device);
        return latents.Plus((deviation * randn(latents.shape, generator: generator).to(latents.device)).to(latents.dtype));
    }

    /// <summary>
    /// Shapes cover a tenth of a clip: without weights of their own a model is content with the ground. [batch, 1, frames, height, width].
    /// </summary>
    private static Tensor WeightOf(Scene[] scenes, Tensor clips, int margin)
    {
        float[] grounds = [.. scenes.SelectMany(scene => SceneRenderer.Ground(scene)).Select(color => color * 2 - 1)];
        var ground = tensor(grounds, device: clips.device).reshape(-1, 3, 1, 1, 1);
        var isShape = (clips.to(ScalarType.Float32) - ground).abs().amax([1], keepdim: true).IsGreater(0.1);
        var weighs = nn.functional.max_pool3d(
            isShape.to(ScalarType.Float32), [1, 2 * margin + 1, 2 * margin + 1], strides: [1, 1, 1], padding: [0, margin, margin]);
        return weighs.Times(ShapeWeight - 1).Plus(1);
    }
}
