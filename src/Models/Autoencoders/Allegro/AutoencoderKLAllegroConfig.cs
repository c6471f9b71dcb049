using System.Numerics;

namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLAllegro"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl_allegro.py</c>.
/// </summary>
public sealed record AutoencoderKLAllegroConfig : BlockAutoencoderConfig, INamedConfig
{
    private const string DownBlock = "AllegroDownBlock3D";
    private const string UpBlock = "AllegroUpBlock3D";

    /// <summary>Builds the settings that diffusers has by default.</summary>
    public AutoencoderKLAllegroConfig()
    {
        DownBlockTypes = [DownBlock, DownBlock, DownBlock, DownBlock];
        UpBlockTypes = [UpBlock, UpBlock, UpBlock, UpBlock];
        BlockOutChannels = [128, 256, 512, 512];
        (LatentChannels, LayersPerBlock, ScalingFactor) = (4, 2, 0.13);
    }

    /// <summary>Whether the frames are halved at each size of the encoder.</summary>
    public IReadOnlyList<bool> TemporalDownsampleBlocks { get; init; } = [true, true, false, false];

    /// <summary>Whether the frames are doubled at each size of the decoder, which begins with the smallest.</summary>
    public IReadOnlyList<bool> TemporalUpsampleBlocks { get; init; } = [false, true, true, false];

    /// <summary>Frames per latent frame: two for each size that halves or doubles them.</summary>
    public int TemporalCompressionRatio { get; init; } = 4;

    /// <summary>The height and width, in pixels, of a tile at first.</summary>
    public int SampleSize { get; init; } = 320;

    static string INamedConfig.ClassName => nameof(AutoencoderKLAllegro);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        Check([DownBlock], [UpBlock]);
        ConfigCheck.Positive(TemporalCompressionRatio, nameof(TemporalCompressionRatio));
        ConfigCheck.Positive(SampleSize, nameof(SampleSize));
        CheckTemporal(TemporalDownsampleBlocks, "temporal_downsample_blocks");
        CheckTemporal(TemporalUpsampleBlocks, "temporal_upsample_blocks");
    }

    private void CheckTemporal(IReadOnlyList<bool> changes, string name)
    {
        if (changes.Count != BlockOutChannels.Count)
            throw new ArgumentException($"expected {BlockOutChannels.Count} in {name}, one per size, found {changes.Count}");
        if (!BitOperations.IsPow2(TemporalCompressionRatio) || changes.Count(change => change) != BitOperations.Log2((uint)TemporalCompressionRatio))
            throw new ArgumentException($"expected {name} that change frames by temporal_compression_ratio {TemporalCompressionRatio}, found {changes.Count(change => change)} that are true");
    }
}
