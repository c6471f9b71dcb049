namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="MochiTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/transformer_mochi.py</c>.
/// </summary>
public sealed record MochiTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The heads of the attention that pools the prompt, whatever the config says.</summary>
    internal const int PoolingHeads = 8;

    /// <summary>The rows and columns of a patch.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 24;

    /// <summary>The width of a head, an even number.</summary>
    public int AttentionHeadDim { get; init; } = 128;

    /// <summary>The number of blocks. The last one leaves the prompt as it is.</summary>
    public int NumLayers { get; init; } = 48;

    /// <summary>The width of the prompt tokens.</summary>
    public int PooledProjectionDim { get; init; } = 1536;

    /// <summary>The channels of the latents that go in.</summary>
    public int InChannels { get; init; } = 12;

    /// <summary>The channels of the latents that come out; <see langword="null"/> for those that go in.</summary>
    public int? OutChannels { get; init; }

    /// <summary>Kept for its place in diffusers' config: Mochi normalises queries and keys within each head whatever it says.</summary>
    public string QkNorm { get; init; } = "rms_norm";

    /// <summary>The width of the prompt's embedding, a multiple of 8.</summary>
    public int TextEmbedDim { get; init; } = 4096;

    /// <summary>The width of the timestep's frequencies.</summary>
    public int TimeEmbedDim { get; init; } = 256;

    /// <summary>The activation of the feed-forward layers.</summary>
    public string ActivationFn { get; init; } = "swiglu";

    /// <summary>The prompt tokens that its pipeline gives; the model takes any number.</summary>
    public int MaxSequenceLength { get; init; } = 256;

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels ?? InChannels;

    static string INamedConfig.ClassName => nameof(MochiTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.Positive(PooledProjectionDim, nameof(PooledProjectionDim));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.Positive(TextEmbedDim, nameof(TextEmbedDim));
        ConfigCheck.Positive(TimeEmbedDim, nameof(TimeEmbedDim));
        ConfigCheck.Positive(MaxSequenceLength, nameof(MaxSequenceLength));
        if (AttentionHeadDim % 2 != 0)
            throw new ArgumentException($"expected an even attention_head_dim, found {AttentionHeadDim}");
        if (TextEmbedDim % PoolingHeads != 0)
            throw new ArgumentException($"expected a text_embed_dim that is a multiple of {PoolingHeads}, found {TextEmbedDim}");
    }
}
