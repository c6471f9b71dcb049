namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AllegroTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/transformer_allegro.py</c>.
/// </summary>
public sealed record AllegroTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The rows and columns of a patch.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>The frames of a patch of the output; patches that go in have one.</summary>
    public int PatchSizeT { get; init; } = 1;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 24;

    /// <summary>The width of a head, a multiple of 6 where positions are given.</summary>
    public int AttentionHeadDim { get; init; } = 96;

    /// <summary>The channels of the latents that go in.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>The channels of the latents that come out.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>The number of blocks.</summary>
    public int NumLayers { get; init; } = 32;

    /// <summary>The share of elements that training drops.</summary>
    public double Dropout { get; init; }

    /// <summary>The width of what cross attention attends to: the tokens', because the prompt is projected to it.</summary>
    public int CrossAttentionDim { get; init; } = 2304;

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>The height of the latents that the model was trained on.</summary>
    public int SampleHeight { get; init; } = 90;

    /// <summary>The width of the latents that the model was trained on.</summary>
    public int SampleWidth { get; init; } = 160;

    /// <summary>The number of latent frames that the model was trained on.</summary>
    public int SampleFrames { get; init; } = 22;

    /// <summary>The activation of the feed-forward layers.</summary>
    public string ActivationFn { get; init; } = "gelu-approximate";

    /// <summary>Whether the norms have weights of their own.</summary>
    public bool NormElementwiseAffine { get; init; }

    /// <summary>The epsilon of the blocks' norms.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>The width of the prompt's embedding.</summary>
    public int CaptionChannels { get; init; } = 4096;

    /// <summary>Divides the positions of rows; <see langword="null"/> for a thirtieth of <see cref="SampleHeight"/>.</summary>
    public double? InterpolationScaleH { get; init; } = 2.0;

    /// <summary>Divides the positions of columns; <see langword="null"/> for a fortieth of <see cref="SampleWidth"/>.</summary>
    public double? InterpolationScaleW { get; init; } = 2.0;

    /// <summary>Divides the positions of frames; <see langword="null"/> for a sixteenth of <see cref="SampleFrames"/>, whole.</summary>
    public double? InterpolationScaleT { get; init; } = 2.2;

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>What divides the positions of frames, rows and columns.</summary>
    internal (double Frames, double Rows, double Columns) InterpolationScale => (
        InterpolationScaleT ?? (SampleFrames % 2 == 1 ? ((SampleFrames - 1) / 16) + 1 : SampleFrames / 16),
        InterpolationScaleH ?? SampleHeight / 30.0,
        InterpolationScaleW ?? SampleWidth / 40.0);

    static string INamedConfig.ClassName => nameof(AllegroTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(PatchSizeT, nameof(PatchSizeT));
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(OutChannels, nameof(OutChannels));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.Positive(SampleHeight, nameof(SampleHeight));
        ConfigCheck.Positive(SampleWidth, nameof(SampleWidth));
        ConfigCheck.Positive(SampleFrames, nameof(SampleFrames));
        ConfigCheck.Epsilon(NormEps, nameof(NormEps));
        ConfigCheck.Positive(CaptionChannels, nameof(CaptionChannels));
        var (frames, rows, columns) = InterpolationScale;
        ConfigCheck.Positive(frames, nameof(InterpolationScaleT));
        ConfigCheck.Positive(rows, nameof(InterpolationScaleH));
        ConfigCheck.Positive(columns, nameof(InterpolationScaleW));
        if (CrossAttentionDim != InnerDim)
            throw new ArgumentException($"expected cross_attention_dim {InnerDim}, the width of the projected prompt, found {CrossAttentionDim}");
    }
}
