namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLLTXVideo"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>, which are those of LTX 0.9.0.
/// Lists may be longer than there are blocks, as defaults are where a file leaves them out; the decoder's are read from their ends. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_ltx.py</c>.
/// </summary>
public sealed record AutoencoderKLLTXVideoConfig : PretrainedConfig, INamedConfig
{
    internal const string DownBlock = "LTXVideoDownBlock3D";
    internal const string FoldingDownBlock = "LTXVideo095DownBlock3D";

    /// <summary>The channels of a video that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels of a decoded video.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; } = 128;

    /// <summary>The channels of the encoder's blocks; where the last of these is of 0.9.5, of what each of them begins with and then what the last ends with.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>The kinds of the encoder's blocks: LTXVideoDownBlock3D, or LTXVideo095DownBlock3D, which folds what it leaves out into channels.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = [DownBlock, DownBlock, DownBlock, DownBlock];

    /// <summary>The channels of the decoder's blocks, from the last to the first.</summary>
    public IReadOnlyList<int> DecoderBlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual blocks of each of the encoder's blocks, and of its middle.</summary>
    public IReadOnlyList<int> LayersPerBlock { get; init; } = [4, 3, 3, 3, 4];

    /// <summary>Residual blocks of each of the decoder's blocks from the last to the first, and of its middle.</summary>
    public IReadOnlyList<int> DecoderLayersPerBlock { get; init; } = [4, 3, 3, 3, 4];

    /// <summary>Which of the encoder's blocks make the video smaller.</summary>
    public IReadOnlyList<bool> SpatioTemporalScaling { get; init; } = [true, true, true, false];

    /// <summary>Which of the decoder's blocks make it larger, from the last to the first.</summary>
    public IReadOnlyList<bool> DecoderSpatioTemporalScaling { get; init; } = [true, true, true, false];

    /// <summary>Which of the decoder's blocks add noise from torch's own generator, from the last to the first and then the middle.</summary>
    public IReadOnlyList<bool> DecoderInjectNoise { get; init; } = [false, false, false, false, false];

    /// <summary>How blocks of 0.9.5 make the video smaller: conv, spatial, temporal or spatiotemporal.</summary>
    public IReadOnlyList<string> DownsampleType { get; init; } = ["conv", "conv", "conv", "conv"];

    /// <summary>Which of the decoder's blocks add their enlarged input, from the last to the first.</summary>
    public IReadOnlyList<bool> UpsampleResidual { get; init; } = [false, false, false, false];

    /// <summary>By what the decoder's blocks divide channels, from the last to the first.</summary>
    public IReadOnlyList<int> UpsampleFactor { get; init; } = [1, 1, 1, 1];

    /// <summary>Whether the decoder is told how much noise latents still have.</summary>
    public bool TimestepConditioning { get; init; }

    /// <summary>Pixels of a patch, in height and in width.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Frames of a patch; diffusers' layers fit 1 only.</summary>
    public int PatchSizeT { get; init; } = 1;

    /// <summary>The epsilon of the norms where channels change.</summary>
    public double ResnetNormEps { get; init; } = 1e-6;

    /// <summary>What the transformer's latents are, as a multiple of this autoencoder's.</summary>
    public double ScalingFactor { get; init; } = 1.0;

    /// <summary>Whether the encoder sees no frame of the future.</summary>
    public bool EncoderCausal { get; init; } = true;

    /// <summary>Whether the decoder sees none.</summary>
    public bool DecoderCausal { get; init; }

    /// <summary>Pixels per latent, in height and in width; <see langword="null"/> for what the blocks make it.</summary>
    public int? SpatialCompressionRatio { get; init; }

    /// <summary>Frames per latent frame; <see langword="null"/> for what the blocks make it.</summary>
    public int? TemporalCompressionRatio { get; init; }

    static string INamedConfig.ClassName => nameof(AutoencoderKLLTXVideo);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, "in_channels");
        ConfigCheck.Positive(OutChannels, "out_channels");
        ConfigCheck.Positive(LatentChannels, "latent_channels");
        ConfigCheck.Positive(PatchSize, "patch_size");
        ConfigCheck.Epsilon(ResnetNormEps, "resnet_norm_eps");
        if (PatchSizeT != 1)
            throw new NotSupportedException($"expected a patch_size_t of 1, the only one that the channels of diffusers' layers fit, found {PatchSizeT}");
        ConfigCheck.Factor(ScalingFactor, "scaling_factor");
        LTXVideoStages.Check(this);
    }
}
