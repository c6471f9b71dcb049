using Afterimage.Models;
using TrainTiny.Scenes;

namespace TrainTiny.Pipeline;

/// <summary>How large the parts of the pipeline are.</summary>
internal sealed record Architecture(
    AutoencoderKLCogVideoXConfig Autoencoder, T5EncoderModelConfig TextEncoder, CogVideoXTransformer3DModelConfig Transformer)
{
    private const int LatentChannels = 8;
    private const int TextWidth = 96;

    /// <summary>What ships with the samples: 6 million weights, 12 MB in half precision.</summary>
    public static Architecture Tiny { get; } = new(
        AutoencoderOf([16, 32, 32, 48], groups: 8),
        TextEncoderOf(layers: 2, heads: 3),
        TransformerOf(layers: 6, heads: 6, timeWidth: 64));

    /// <summary>What a test can train.</summary>
    public static Architecture Minute { get; } = new(
        AutoencoderOf([4, 4, 4, 4], groups: 2),
        TextEncoderOf(layers: 1, heads: 1),
        TransformerOf(layers: 1, heads: 1, timeWidth: 16));

    private static AutoencoderKLCogVideoXConfig AutoencoderOf(int[] channels, int groups) => new()
    {
        BlockOutChannels = channels,
        LatentChannels = LatentChannels,
        LayersPerBlock = 1,
        NormNumGroups = groups,
        SampleHeight = SceneRenderer.Side,
        SampleWidth = SceneRenderer.Side,
        ScalingFactor = 1,
    };

    private static T5EncoderModelConfig TextEncoderOf(int layers, int heads) => new()
    {
        VocabSize = TokenizerWriter.Pieces.Count,
        DModel = TextWidth,
        DKv = 32,
        DFf = 2 * TextWidth,
        NumLayers = layers,
        NumHeads = heads,
        FeedForwardProj = "gated-gelu",
    };

    private static CogVideoXTransformer3DModelConfig TransformerOf(int layers, int heads, int timeWidth) => new()
    {
        NumLayers = layers,
        NumAttentionHeads = heads,
        AttentionHeadDim = 32,
        InChannels = LatentChannels,
        OutChannels = LatentChannels,
        TimeEmbedDim = timeWidth,
        TextEmbedDim = TextWidth,
        MaxTextSeqLength = 16,
        SampleFrames = SceneRenderer.Frames,
        SampleHeight = SceneRenderer.Side / 8,
        SampleWidth = SceneRenderer.Side / 8,
        SpatialInterpolationScale = 1,
    };
}
