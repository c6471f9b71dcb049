using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The layers that Latte's two kinds of blocks have in common.</summary>
internal static class LatteLayers
{
    public static Attention Attention(LatteTransformer3DModelConfig config, Device? device, ScalarType? dtype) => new(
            config.InnerDim,
            config.NumAttentionHeads,
            config.AttentionHeadDim,
            bias: config.AttentionBias,
            dropout: config.Dropout,
            device: device,
            dtype: dtype);
}
