namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="CogVideoXTransformer3DModel"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/transformers/cogvideox_transformer_3d.py</c>.
/// </summary>
public sealed record CogVideoXTransformer3DModelConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 30;

    /// <summary>The width of a head, a multiple of 16.</summary>
    public int AttentionHeadDim { get; init; } = 64;

    /// <summary>The channels of the latents that go in; image-to-video has twice as many.</summary>
    public int InChannels { get; init; } = 16;

    /// <summary>The channels of the latents that come out; <see langword="null"/> for those that go in.</summary>
    public int? OutChannels { get; init; } = 16;

    /// <summary>Whether the cosines come first in the timestep's frequencies.</summary>
    public bool FlipSinToCos { get; init; } = true;

    /// <summary>Taken off the number of the timestep's frequencies in their exponent.</summary>
    public double FreqShift { get; init; }

    /// <summary>The width of the timestep's embedding.</summary>
    public int TimeEmbedDim { get; init; } = 512;

    /// <summary>The width of the ofs embedding of CogVideoX 1.5 image-to-video; <see langword="null"/> for none.</summary>
    public int? OfsEmbedDim { get; init; }

    /// <summary>The width of the prompt's embedding.</summary>
    public int TextEmbedDim { get; init; } = 4096;

    /// <summary>The number of blocks.</summary>
    public int NumLayers { get; init; } = 30;

    /// <summary>The share of elements that training drops.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>The width of the latents that the position table is made for.</summary>
    public int SampleWidth { get; init; } = 90;

    /// <summary>The height of the latents that the position table is made for.</summary>
    public int SampleHeight { get; init; } = 60;

    /// <summary>The frames, before compression in time, that the position table is made for.</summary>
    public int SampleFrames { get; init; } = 49;

    /// <summary>The rows and columns of a patch.</summary>
    public int PatchSize { get; init; } = 2;

    /// <summary>The frames of a patch in CogVideoX 1.5; <see langword="null"/> in 1.0, where a patch has one.</summary>
    public int? PatchSizeT { get; init; }

    /// <summary>How many frames the autoencoder makes into one.</summary>
    public int TemporalCompressionRatio { get; init; } = 4;

    /// <summary>The number of prompt tokens in the position table.</summary>
    public int MaxTextSeqLength { get; init; } = 226;

    /// <summary>The activation of the feed-forward layers.</summary>
    public string ActivationFn { get; init; } = "gelu-approximate";

    /// <summary>The activation of the timestep's embedding.</summary>
    public string TimestepActivationFn { get; init; } = "silu";

    /// <summary>Whether the norms have weights of their own.</summary>
    public bool NormElementwiseAffine { get; init; } = true;

    /// <summary>The epsilon of the norms.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Divides rows and columns in the position table.</summary>
    public double SpatialInterpolationScale { get; init; } = 1.875;

    /// <summary>Divides frames in the position table.</summary>
    public double TemporalInterpolationScale { get; init; } = 1.0;

    /// <summary>Whether queries and keys take rotary positions (5b) instead of the position table (2b).</summary>
    public bool UseRotaryPositionalEmbeddings { get; init; }

    /// <summary>Whether a learned position table is added besides the rotary positions (5b image-to-video).</summary>
    public bool UseLearnedPositionalEmbeddings { get; init; }

    /// <summary>Whether the projection of the patches has a bias.</summary>
    public bool PatchBias { get; init; } = true;

    /// <summary>The width of the tokens.</summary>
    internal long InnerDim => (long)NumAttentionHeads * AttentionHeadDim;

    /// <summary>The channels of the output.</summary>
    internal int Outputs => OutChannels ?? InChannels;

    static string INamedConfig.ClassName => nameof(CogVideoXTransformer3DModel);

    /// <summary>Refuses what no model can be built from.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(NumAttentionHeads, nameof(NumAttentionHeads));
        ConfigCheck.Positive(AttentionHeadDim, nameof(AttentionHeadDim));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(Outputs, nameof(OutChannels));
        ConfigCheck.Positive(TimeEmbedDim, nameof(TimeEmbedDim));
        ConfigCheck.Positive(TextEmbedDim, nameof(TextEmbedDim));
        ConfigCheck.Positive(PatchSize, nameof(PatchSize));
        ConfigCheck.Positive(PatchSizeT ?? 1, nameof(PatchSizeT));
        ConfigCheck.Positive(SampleFrames, nameof(SampleFrames));
        ConfigCheck.Positive(SampleHeight, nameof(SampleHeight));
        ConfigCheck.Positive(SampleWidth, nameof(SampleWidth));
        ConfigCheck.Positive(MaxTextSeqLength, nameof(MaxTextSeqLength));
        ConfigCheck.Positive(OfsEmbedDim ?? 1, nameof(OfsEmbedDim));
        ConfigCheck.Positive(TemporalCompressionRatio, nameof(TemporalCompressionRatio));
        ConfigCheck.NotNegative(NumLayers, nameof(NumLayers));
        ConfigCheck.Epsilon(NormEps, nameof(NormEps));
        ConfigCheck.Positive(SpatialInterpolationScale, nameof(SpatialInterpolationScale));
        ConfigCheck.Positive(TemporalInterpolationScale, nameof(TemporalInterpolationScale));
        if (!UseRotaryPositionalEmbeddings && UseLearnedPositionalEmbeddings)
            throw new ArgumentException("use_learned_positional_embeddings goes with use_rotary_positional_embeddings only");
        if (OfsEmbedDim is { } ofs && ofs != TimeEmbedDim)
            throw new ArgumentException($"ofs_embed_dim is added to the timestep's embedding: expected {TimeEmbedDim}, found {ofs}");
    }
}
