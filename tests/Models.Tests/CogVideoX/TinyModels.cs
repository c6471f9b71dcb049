using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Small models of every form of CogVideoX, and inputs for them.</summary>
internal static class TinyModels
{
    public static CogVideoXTransformer3DModelConfig Sincos { get; } = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 16,
        InChannels = 4,
        OutChannels = 4,
        NumLayers = 2,
        TimeEmbedDim = 16,
        TextEmbedDim = 24,
        MaxTextSeqLength = 10,
        SampleFrames = 9,
        SampleHeight = 8,
        SampleWidth = 12,
    };

    public static CogVideoXTransformer3DModelConfig Rotary { get; } = Sincos with { UseRotaryPositionalEmbeddings = true };

    /// <summary>CogVideoX 1.5 image-to-video: patches of two frames, ofs, no bias in the patch projection's config.</summary>
    public static CogVideoXTransformer3DModelConfig Version15 { get; } = Rotary with { PatchSizeT = 2, OfsEmbedDim = 16, PatchBias = false };

    /// <summary>CogVideoX-5b image-to-video: rotary positions and a learned table.</summary>
    public static CogVideoXTransformer3DModelConfig Learned { get; } = Rotary with { UseLearnedPositionalEmbeddings = true };

    public static CogVideoXTransformer3DModelConfig Named(string form) => form switch
    {
        "2b" => Sincos,
        "5b" => Rotary,
        "1.5" => Version15,
        "5b image-to-video" => Learned,
        _ => throw new ArgumentException(form, nameof(form)),
    };

    public static Tensor Latents(CogVideoXTransformer3DModelConfig config, long frames = 3, ScalarType dtype = ScalarType.Float32) =>
        randn([2, frames, config.InChannels, config.SampleHeight, config.SampleWidth]).to(dtype);

    public static Tensor Prompt(CogVideoXTransformer3DModelConfig config, ScalarType dtype = ScalarType.Float32) =>
        randn(2, config.MaxTextSeqLength, config.TextEmbedDim).to(dtype);

    public static Tensor Timestep() => tensor(new long[] { 999, 500 });

    public static RotaryEmbedding? RotaryFor(CogVideoXTransformer3DModelConfig config, long frames = 3) =>
        config.UseRotaryPositionalEmbeddings
            ? CogVideoXTransformer3DModel.PrepareRotaryPositionalEmbeddings(config, config.SampleHeight * 8, config.SampleWidth * 8, frames)
            : null;
}
