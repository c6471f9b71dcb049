namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="FluxTransformer2DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/transformer_flux.py</c>.
/// </summary>
public sealed record FluxTransformer2DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The rows and columns of the patches that the output is laid out in; latents come packed.</summary>
    public int PatchSize { get; init; } = 1;

    /// <summary>The channels of the packed latents that go in.</summary>
    public int InChannels { get; init; } = 64;

    /// <summary>The channels of the packed latents that come out; <see langword="null"/> for those that go in.</summary>
    public int? OutChannels { get; init; }

    /// <summary>The number of double-stream blocks.</summary>
    public int NumLayers { get; init; } = 19;

    /// <summary>The number of single-stream blocks.</summary>
    public int NumSingleLayers { get; init; } = 38;

    /// <summary>The width of a head: the sum of <see cref="AxesDimsRope"/>.</summary>
    public int AttentionHeadDim { get; init; } = 128;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 24;

    /// <summary>The width of the prompt's embedding.</summary>
    public int JointAttentionDim { get; init; } = 4096;

    /// <summary>The width of the prompt's pooled embedding.</summary>
    public int PooledProjectionDim { get; init; } = 768;

    /// <summary>Whether the guidance scale is embedded (guidance-distilled models).</summary>
    public bool GuidanceEmbeds { get; init; }

    /// <summary>The channels of a head that belong to each axis of positions, even numbers.</summary>
    public (int First, int Second, int Third) AxesDimsRope { get; init; } = (16, 56, 56);

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels ?? InChannels;

    static string INamedConfig.ClassName => nameof(FluxTransformer2DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.NotNegative(NumSingleLayers, nameof(NumSingleLayers));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(JointAttentionDim, nameof(JointAttentionDim));
        ConfigCheck.Positive(PooledProjectionDim, nameof(PooledProjectionDim));
        ConfigCheck.RotaryAxes(AxesDimsRope, AttentionHeadDim, nameof(AxesDimsRope));
    }
}
