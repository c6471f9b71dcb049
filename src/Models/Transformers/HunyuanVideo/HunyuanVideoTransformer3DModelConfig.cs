namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="HunyuanVideoTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/transformer_hunyuan_video.py</c>.
/// </summary>
public sealed record HunyuanVideoTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    private const string LatentConcat = "latent_concat", TokenReplace = "token_replace";

    /// <summary>The channels of the latents that go in, with those of an image beside them where that is concatenated.</summary>
    public int InChannels { get; init; } = 16;

    /// <summary>The channels of the latents that come out; <see langword="null"/> for those that go in.</summary>
    public int? OutChannels { get; init; } = 16;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 24;

    /// <summary>The width of a head: the sum of <see cref="RopeAxesDim"/>.</summary>
    public int AttentionHeadDim { get; init; } = 128;

    /// <summary>The number of double-stream blocks.</summary>
    public int NumLayers { get; init; } = 20;

    /// <summary>The number of single-stream blocks.</summary>
    public int NumSingleLayers { get; init; } = 40;

    /// <summary>The number of blocks that refine the prompt.</summary>
    public int NumRefinerLayers { get; init; } = 2;

    /// <summary>The inner width of the feed-forward layers over that of the tokens; the refiner's have 4 whatever it says.</summary>
    public double MlpRatio { get; init; } = 4.0;

    /// <summary>The rows and columns of a patch.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>The frames of a patch.</summary>
    public int PatchSizeT { get; init; } = 1;

    /// <summary>What queries and keys go through within each head: rms_norm, layer_norm, or <see langword="null"/> for nothing.</summary>
    public string? QkNorm { get; init; } = "rms_norm";

    /// <summary>Whether the guidance scale is embedded (guidance-distilled models).</summary>
    public bool GuidanceEmbeds { get; init; } = true;

    /// <summary>The width of the prompt's embedding.</summary>
    public int TextEmbedDim { get; init; } = 4096;

    /// <summary>The width of the prompt's pooled embedding.</summary>
    public int PooledProjectionDim { get; init; } = 768;

    /// <summary>The base of the positions' frequencies.</summary>
    public double RopeTheta { get; init; } = 256.0;

    /// <summary>The channels of a head that belong to frames, rows and columns, even numbers.</summary>
    public (int Frames, int Rows, int Columns) RopeAxesDim { get; init; } = (16, 56, 56);

    /// <summary>
    /// How an image is given: <see langword="null"/> for none; latent_concat for channels beside the latents; token_replace for the first
    /// frame of the latents, whose tokens are then those of timestep 0.
    /// </summary>
    public string? ImageConditionType { get; init; }

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The inner width of the feed-forward layers.</summary>
    internal long MlpDim => (long)(InnerDim * MlpRatio);

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels is { } channels and not 0 ? channels : InChannels;

    /// <summary>Whether the first frame is given.</summary>
    internal bool ReplacesTokens => ImageConditionType == TokenReplace;

    /// <summary>The norm of queries and keys.</summary>
    internal QueryKeyNorm QueryKeyNorm => QkNorm switch
    {
        null => QueryKeyNorm.None,
        "layer_norm" => QueryKeyNorm.LayerNorm,
        "rms_norm" => QueryKeyNorm.RmsNorm,
        _ => throw new NotSupportedException($"expected qk_norm 'rms_norm', 'layer_norm' or null, found '{QkNorm}'"),
    };

    static string INamedConfig.ClassName => nameof(HunyuanVideoTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.NotNegative(NumSingleLayers, nameof(NumSingleLayers));
        ConfigCheck.NotNegative(NumRefinerLayers, nameof(NumRefinerLayers));
        ConfigCheck.Positive(MlpRatio, nameof(MlpRatio));
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(PatchSizeT, nameof(PatchSizeT));
        ConfigCheck.Positive(TextEmbedDim, nameof(TextEmbedDim));
        ConfigCheck.Positive(PooledProjectionDim, nameof(PooledProjectionDim));
        ConfigCheck.Positive(RopeTheta, nameof(RopeTheta));
        ConfigCheck.RotaryAxes(RopeAxesDim, AttentionHeadDim, nameof(RopeAxesDim));
        _ = QueryKeyNorm;
        if (InnerDim * MlpRatio < 1)
            throw new ArgumentException($"expected an mlp_ratio that leaves the feed-forward layers a width, found {MlpRatio} of {InnerDim}");
        if (ImageConditionType is not (null or LatentConcat or TokenReplace))
            throw new ArgumentException($"expected image_condition_type '{LatentConcat}', '{TokenReplace}' or null, found '{ImageConditionType}'");
    }
}
