using System.Numerics;

namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLCogVideoX"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>.
/// </summary>
public sealed record AutoencoderKLCogVideoXConfig : BlockAutoencoderConfig, INamedConfig
{
    private const string DownBlock = "CogVideoXDownBlock3D";
    private const string UpBlock = "CogVideoXUpBlock3D";

    /// <summary>Builds the settings that diffusers has by default.</summary>
    public AutoencoderKLCogVideoXConfig()
    {
        DownBlockTypes = [DownBlock, DownBlock, DownBlock, DownBlock];
        UpBlockTypes = [UpBlock, UpBlock, UpBlock, UpBlock];
        BlockOutChannels = [128, 256, 256, 512];
        (LatentChannels, LayersPerBlock, ScalingFactor) = (16, 3, 1.15258426);
    }

    /// <summary>The epsilon of the encoder's norms.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>Frames per latent frame, a power of two.</summary>
    public double TemporalCompressionRatio { get; init; } = 4;

    /// <summary>The height of a video, in pixels, that tiles are half of.</summary>
    public int SampleHeight { get; init; } = 480;

    /// <summary>The width of a video, in pixels, that tiles are half of.</summary>
    public int SampleWidth { get; init; } = 720;

    /// <summary>Kept for its place in diffusers' config; this pipeline does not shift latents.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsMean { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsStd { get; init; }

    /// <summary>Whether the encoder ends with a convolution of one point.</summary>
    public bool UseQuantConv { get; init; }

    /// <summary>Whether the decoder begins with one.</summary>
    public bool UsePostQuantConv { get; init; }

    /// <summary>Whether image-to-video divides by the scaling factor where it otherwise multiplies.</summary>
    public bool InvertScaleLatents { get; init; }

    /// <summary>The sizes after which frames are halved, too.</summary>
    internal int TemporalHalvings => BitOperations.Log2((uint)TemporalCompressionRatio);

    static string INamedConfig.ClassName => nameof(AutoencoderKLCogVideoX);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        Check([DownBlock], [UpBlock]);
        ConfigCheck.Epsilon(NormEps, "norm_eps");
        if (TemporalCompressionRatio is < 1 or > 1 << 30 || !BitOperations.IsPow2((int)TemporalCompressionRatio) || TemporalCompressionRatio % 1 != 0)
            throw new ArgumentException($"expected a temporal_compression_ratio that is a power of two, found {TemporalCompressionRatio}");
        if (TemporalHalvings > BlockOutChannels.Count - 1)
            throw new ArgumentException(
                $"expected a temporal_compression_ratio of at most {SpatialCompressionRatio}, one halving per change of size, found {TemporalCompressionRatio}");
        if (SampleHeight < 2 * SpatialCompressionRatio || SampleWidth < 2 * SpatialCompressionRatio)
            throw new ArgumentException(
                $"expected sample_height and sample_width of {2 * SpatialCompressionRatio} or more, found {SampleHeight} and {SampleWidth}");
    }
}
