namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="LatteTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>; channels and patch size have no defaults there and Latte-1's here. Source: diffusers
/// <c>models/transformers/latte_transformer_3d.py</c>.
/// </summary>
public sealed record LatteTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 16;

    /// <summary>The width of a head.</summary>
    public int AttentionHeadDim { get; init; } = 88;

    /// <summary>The channels of the latents that go in.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>
    /// The channels of the output; twice those that go in where a variance is learned. <see langword="null"/> for those that go
    /// in.
    /// </summary>
    public int? OutChannels { get; init; }

    /// <summary>The number of spatial blocks, and of temporal ones.</summary>
    public int NumLayers { get; init; } = 1;

    /// <summary>The share of elements that training drops.</summary>
    public double Dropout { get; init; }

    /// <summary>The width of what cross attention attends to: the tokens', because the prompt is projected to it.</summary>
    public int? CrossAttentionDim { get; init; }

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>The height and width of the latents that positions are scaled to.</summary>
    public int SampleSize { get; init; } = 64;

    /// <summary>The rows and columns of a patch.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>The activation of the feed-forward layers.</summary>
    public string ActivationFn { get; init; } = "geglu";

    /// <summary>Kept for its place in diffusers' config; it does not change this model.</summary>
    public int? NumEmbedsAdaNorm { get; init; }

    /// <summary>How blocks take the timestep. Only ada_norm_single is supported, which Latte uses.</summary>
    public string NormType { get; init; } = "layer_norm";

    /// <summary>Whether the norms have weights of their own.</summary>
    public bool NormElementwiseAffine { get; init; } = true;

    /// <summary>The epsilon of the norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The width of the prompt's embedding.</summary>
    public int CaptionChannels { get; init; } = 4096;

    /// <summary>The number of frames that temporal positions are made for.</summary>
    public int VideoLength { get; init; } = 16;

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels ?? InChannels;

    static string INamedConfig.ClassName => nameof(LatteTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.Epsilon(NormEps, nameof(NormEps));
        ConfigCheck.Positive(SampleSize, nameof(SampleSize));
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(CaptionChannels, nameof(CaptionChannels));
        ConfigCheck.Positive(VideoLength, nameof(VideoLength));
        if (NormType != "ada_norm_single")
            throw new ArgumentException($"expected norm_type 'ada_norm_single', found '{NormType}'");
        if (CrossAttentionDim != InnerDim)
        {
            throw new ArgumentException(
                $"expected cross_attention_dim {InnerDim}, the width of the projected prompt, "
                + $"found {CrossAttentionDim?.ToString() ?? "null"}");
        }
    }
}
