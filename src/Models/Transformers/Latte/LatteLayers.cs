using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The layers that Latte's two kinds of blocks have in common.</summary>
internal static class LatteLayers
{
    public static Attention Attention(
        LatteTransformer3DModelConfig config, long? crossAttentionDim, Device? device, ScalarType? dtype) => new(
            config.InnerDim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            crossAttentionDim,
            bias: config.AttentionBias,
            dropout: config.Dropout,
            device: device,
            dtype: dtype);
}
