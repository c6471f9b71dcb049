namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="WanTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/transformer_wan.py</c>.
/// </summary>
public sealed record WanTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>Frames, rows and columns of a patch.</summary>
    public (int Frames, int Rows, int Columns) PatchSize { get; init; } = (1, 2, 2);

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 40;

    /// <summary>The width of a head, an even number.</summary>
    public int AttentionHeadDim { get; init; } = 128;

    /// <summary>The channels of the latents that go in.</summary>
    public int InChannels { get; init; } = 16;

    /// <summary>The channels of the latents that come out; <see langword="null"/> for those that go in.</summary>
    public int? OutChannels { get; init; } = 16;

    /// <summary>The width of the prompt's embedding.</summary>
    public int TextDim { get; init; } = 4096;

    /// <summary>The width of the timestep's frequencies.</summary>
    public int FreqDim { get; init; } = 256;

    /// <summary>The inner width of the feed-forward layers.</summary>
    public int FfnDim { get; init; } = 13824;

    /// <summary>The number of blocks.</summary>
    public int NumLayers { get; init; } = 40;

    /// <summary>Whether cross attention has a norm before it.</summary>
    public bool CrossAttnNorm { get; init; } = true;

    /// <summary>
    /// Kept for its place in diffusers' config: Wan normalises queries and keys over all heads whatever it says.
    /// </summary>
    public string? QkNorm { get; init; } = "rms_norm_across_heads";

    /// <summary>The epsilon of the norms.</summary>
    public double Eps { get; init; } = 1e-6;

    /// <summary>The width of an image's embedding; <see langword="null"/> for a model that is given none.</summary>
    public int? ImageDim { get; init; }

    /// <summary>
    /// The width of the image's tokens where they have keys and values of their own, which is that of all tokens; <see langword="null"/> for the prompt's.
    /// </summary>
    public int? AddedKvProjDim { get; init; }

    /// <summary>The most frames, rows or columns of patches.</summary>
    public int RopeMaxSeqLen { get; init; } = 1024;

    /// <summary>The number of positions of a first and a last picture's tokens together; <see langword="null"/> for a model of one picture.</summary>
    public int? PosEmbedSeqLen { get; init; }

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels ?? InChannels;

    static string INamedConfig.ClassName => nameof(WanTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.Positive(TextDim, nameof(TextDim));
        ConfigCheck.Positive(FreqDim, nameof(FreqDim));
        ConfigCheck.Positive(FfnDim, nameof(FfnDim));
        ConfigCheck.Positive(RopeMaxSeqLen, nameof(RopeMaxSeqLen));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.Epsilon(Eps, nameof(Eps));
        if (AttentionHeadDim % 2 != 0)
            throw new ArgumentException($"expected an even attention_head_dim, found {AttentionHeadDim}");
        ConfigCheck.Positive(ImageDim ?? 1, nameof(ImageDim));
        if (AddedKvProjDim is { } added && added != InnerDim)
            throw new ArgumentException($"expected an added_kv_proj_dim of the tokens' width {InnerDim}, found {added}");
        if (PosEmbedSeqLen is { } positions && (positions <= 0 || positions % 2 != 0))
            throw new ArgumentException($"expected a pos_embed_seq_len of two pictures, an even number above 0, found {positions}");
    }
}
