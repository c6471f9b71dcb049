namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="LTXVideoTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/transformer_ltx.py</c>.
/// </summary>
public sealed record LTXVideoTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The channels of the packed latents that go in.</summary>
    public int InChannels { get; init; } = 128;

    /// <summary>The channels of the packed latents that come out; <see langword="null"/> for those that go in.</summary>
    public int? OutChannels { get; init; } = 128;

    /// <summary>The rows and columns that were packed into a token: positions are that far apart.</summary>
    public int PatchSize { get; init; } = 1;

    /// <summary>The frames that were packed into a token.</summary>
    public int PatchSizeT { get; init; } = 1;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 32;

    /// <summary>The width of a head.</summary>
    public int AttentionHeadDim { get; init; } = 64;

    /// <summary>The width of what cross attention attends to: the tokens', because the prompt is projected to it.</summary>
    public int CrossAttentionDim { get; init; } = 2048;

    /// <summary>The number of blocks.</summary>
    public int NumLayers { get; init; } = 28;

    /// <summary>The activation of the feed-forward layers.</summary>
    public string ActivationFn { get; init; } = "gelu-approximate";

    /// <summary>What queries and keys go through. Only rms_norm_across_heads exists, as in diffusers.</summary>
    public string QkNorm { get; init; } = "rms_norm_across_heads";

    /// <summary>Whether the norms of the blocks have weights of their own.</summary>
    public bool NormElementwiseAffine { get; init; }

    /// <summary>The epsilon of the norms of the blocks.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>The width of the prompt's embedding.</summary>
    public int CaptionChannels { get; init; } = 4096;

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Whether the output projections of attention have biases.</summary>
    public bool AttentionOutBias { get; init; } = true;

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels ?? InChannels;

    static string INamedConfig.ClassName => nameof(LTXVideoTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(PatchSizeT, nameof(PatchSizeT));
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.Epsilon(NormEps, nameof(NormEps));
        ConfigCheck.Positive(CaptionChannels, nameof(CaptionChannels));
        if (QkNorm != "rms_norm_across_heads")
            throw new ArgumentException($"expected qk_norm 'rms_norm_across_heads', found '{QkNorm}'");
        if (CrossAttentionDim != InnerDim)
            throw new ArgumentException($"expected cross_attention_dim {InnerDim}, the width of the projected prompt, found {CrossAttentionDim}");
        if (InnerDim % 2 != 0)
            throw new ArgumentException($"expected an even width of all heads, found {NumAttentionHeads} × {AttentionHeadDim}");
    }
}
