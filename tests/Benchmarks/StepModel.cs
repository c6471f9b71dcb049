using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>The model whose steps are measured, as <c>bench</c> measures it when it is given none: 1,200 tokens of width 512, 6 layers.</summary>
internal static class StepModel
{
    public const long Video = 1152, Text = 48;

    public static readonly CogVideoXTransformer3DModelConfig Config = new()
    {
        NumAttentionHeads = 8,
        AttentionHeadDim = 64,
        NumLayers = 6,
        TextEmbedDim = 128,
        TimeEmbedDim = 128,
        MaxTextSeqLength = (int)Text,
        SampleHeight = 32,
        SampleWidth = 48,
        SampleFrames = 9,
    };

    /// <summary>Noise, prompts and timesteps of a guidance batch; the caller disposes them.</summary>
    public static (Tensor Latents, Tensor Prompts, Tensor Timesteps) Inputs() =>
        (randn([2, 3, 16, 32, 48]), randn(2, Text, 128), TensorArithmetic.Full([2], 500.0));

    /// <summary>Patches of 2 × 2 as latents, written by hand. All tensors are in the current dispose scope.</summary>
    public static Tensor Unpatchified(Tensor patches, Tensor latents)
    {
        var (frames, channels, height, width) = (latents.size(1), latents.size(2), latents.size(3), latents.size(4));
        return patches
            .view(latents.size(0), frames, height / 2, width / 2, channels, 2, 2)
            .permute(0, 1, 4, 2, 5, 3, 6)
            .reshape(latents.shape);
    }
}
