namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLWan"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>.
/// </summary>
public sealed record AutoencoderKLWanConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The channels of the encoder at the full size.</summary>
    public int BaseDim { get; init; } = 96;

    /// <summary>The channels of the decoder at the full size; <see langword="null"/> for the encoder's.</summary>
    public int? DecoderBaseDim { get; init; }

    /// <summary>The channels of the latents.</summary>
    public int ZDim { get; init; } = 16;

    /// <summary>The channels at each size, as multiples of those at the full one. Each size after the first halves height and width.</summary>
    public IReadOnlyList<int> DimMult { get; init; } = [1, 2, 4, 4];

    /// <summary>Residual blocks per size of the encoder; the decoder has one more.</summary>
    public int NumResBlocks { get; init; } = 2;

    /// <summary>The sizes of the encoder with attention after each residual block, 1 for the full one and 0.5 for the next. Wan 2.2's form has none.</summary>
    public IReadOnlyList<double> AttnScales { get; init; } = [];

    /// <summary>Whether the frames are halved, too, after each size but the last (diffusers' spelling).</summary>
    public IReadOnlyList<bool> TemperalDownsample { get; init; } = [false, true, true];

    /// <summary>The share of elements that training drops in residual blocks.</summary>
    public double Dropout { get; init; }

    /// <summary>The means of this autoencoder's latents, per channel, which pipelines take off.</summary>
    public IReadOnlyList<double> LatentsMean { get; init; } =
    [
        -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508, 0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
    ];

    /// <summary>The standard deviations of this autoencoder's latents, per channel, which pipelines divide by.</summary>
    public IReadOnlyList<double> LatentsStd { get; init; } =
    [
        2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743, 3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
    ];

    /// <summary>Whether sizes have a residual of their own, without weights, as in Wan 2.2.</summary>
    public bool IsResidual { get; init; }

    /// <summary>The channels that go into the encoder: those of a video for each pixel of a patch.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels that come out of the decoder: those of a video for each pixel of a patch.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The height and width of the patches that networks take for pixels; <see langword="null"/> for none.</summary>
    public int? PatchSize { get; init; }

    /// <summary>Frames per latent frame, which pipelines count with.</summary>
    public int? ScaleFactorTemporal { get; init; } = 4;

    /// <summary>Pixels per latent, in height and in width, which pipelines and tiles count with.</summary>
    public int? ScaleFactorSpatial { get; init; } = 8;

    /// <summary>The height and width of a patch.</summary>
    internal int Patch => PatchSize ?? 1;

    /// <summary>Pixels per latent, as the networks have it.</summary>
    internal int PixelsPerLatent => (1 << (DimMult.Count - 1)) * Patch;

    /// <summary>The channels that each size of the encoder begins with, and those that the last ends with.</summary>
    internal IReadOnlyList<long> EncoderWidths => [BaseDim, .. DimMult.Select(multiple => (long)BaseDim * multiple)];

    /// <summary>The channels of the decoder before and after each of its sizes, of which the first is the smallest.</summary>
    internal IReadOnlyList<long> DecoderWidths => [.. DimMult.Append(DimMult[^1]).Reverse().Select(multiple => (long)(DecoderBaseDim ?? BaseDim) * multiple)];

    static string INamedConfig.ClassName => nameof(AutoencoderKLWan);

    /// <summary>Whether the encoder halves the frames after a size.</summary>
    internal bool HalvesFrames(int size) => size < DimMult.Count - 1 && TemperalDownsample[size];

    /// <summary>Whether the decoder doubles the frames after a size.</summary>
    internal bool DoublesFrames(int size) => size < DimMult.Count - 1 && TemperalDownsample[^(size + 1)];

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(BaseDim, nameof(BaseDim));
        ConfigCheck.Positive(DecoderBaseDim ?? BaseDim, nameof(DecoderBaseDim));
        ConfigCheck.Positive(ZDim, nameof(ZDim));
        ConfigCheck.Positive(NumResBlocks, nameof(NumResBlocks));
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(OutChannels, nameof(OutChannels));
        ConfigCheck.Positive(Patch, nameof(PatchSize));
        ConfigCheck.Sizes(DimMult.Count, nameof(DimMult));
        foreach (var multiple in DimMult)
            ConfigCheck.Positive(multiple, nameof(DimMult));
        if (TemperalDownsample.Count < DimMult.Count - 1)
            throw new ArgumentException($"expected {DimMult.Count - 1} in temperal_downsample, one per change of size, found {TemperalDownsample.Count}");
        if (!(Dropout is >= 0 and <= 1))
            throw new ArgumentException($"expected a dropout from 0 to 1, found {Dropout}");
        var pixels = (long)Patch * Patch;
        if (InChannels % pixels != 0 || OutChannels % pixels != 0)
            throw new ArgumentException($"expected in_channels and out_channels in multiples of the {pixels} pixels of a patch, found {InChannels} and {OutChannels}");
        if (ScaleFactorSpatial is { } scale && (scale <= 0 || scale % Patch != 0))
            throw new ArgumentException($"expected a scale_factor_spatial in multiples of patch_size {Patch}, found {scale}");
        CheckWidths();
    }

    private void CheckWidths()
    {
        var (encoder, decoder) = (EncoderWidths, DecoderWidths);
        for (var i = 0; i < DimMult.Count; i++)
        {
            if (!IsResidual && i < DimMult.Count - 1 && decoder[i + 1] < 2)
                throw new ArgumentException($"expected a decoder of 2 channels or more before it grows, which are halved then, found {decoder[i + 1]}");
            if (IsResidual && encoder[i] * WanShortcut.Factor(HalvesFrames(i), i < DimMult.Count - 1) % encoder[i + 1] != 0)
                throw new ArgumentException($"expected base_dim and dim_mult that divide into each other where is_residual, found {encoder[i]} channels before {encoder[i + 1]}");
            if (IsResidual && i < DimMult.Count - 1 && decoder[i + 1] * WanShortcut.Factor(DoublesFrames(i), true) % decoder[i] != 0)
                throw new ArgumentException($"expected base_dim and dim_mult that divide into each other where is_residual, found {decoder[i]} channels before {decoder[i + 1]}");
        }
    }
}
