namespace Afterimage.Models;

/// <summary>What queries and keys go through before they meet (<c>qk_norm</c>).</summary>
public enum QueryKeyNorm
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A LayerNorm within each head (<c>layer_norm</c>).</summary>
    LayerNorm,

    /// <summary>An RMSNorm within each head (<c>rms_norm</c>).</summary>
    RmsNorm,

    /// <summary>An RMSNorm over all heads at once (<c>rms_norm_across_heads</c>).</summary>
    RmsNormAcrossHeads,
}
