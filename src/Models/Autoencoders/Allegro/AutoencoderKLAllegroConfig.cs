using System.Numerics;

namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLAllegro"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl_allegro.py</c>.
/// </summary>
public sealed record AutoencoderKLAllegroConfig : PretrainedConfig, INamedConfig
{
    private const string DownBlock = "AllegroDownBlock3D";
    private const string UpBlock = "AllegroUpBlock3D";

    /// <summary>The channels of a video that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels of a decoded video.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The kinds of the encoder's blocks; there is one kind.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = [DownBlock, DownBlock, DownBlock, DownBlock];

    /// <summary>The kinds of the decoder's blocks; there is one kind.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = [UpBlock, UpBlock, UpBlock, UpBlock];

    /// <summary>The channels at each size, from the full one down. Each size after the first halves height and width.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Whether the frames are halved at each size of the encoder.</summary>
    public IReadOnlyList<bool> TemporalDownsampleBlocks { get; init; } = [true, true, false, false];

    /// <summary>Whether the frames are doubled at each size of the decoder, which begins with the smallest.</summary>
    public IReadOnlyList<bool> TemporalUpsampleBlocks { get; init; } = [false, true, true, false];

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Residual blocks per size of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>The activation of the residual blocks.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>The groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Frames per latent frame: two for each size that halves or doubles them.</summary>
    public int TemporalCompressionRatio { get; init; } = 4;

    /// <summary>The height and width, in pixels, of a tile at first.</summary>
    public int SampleSize { get; init; } = 320;

    /// <summary>What the transformer's latents are, as a multiple of this autoencoder's.</summary>
    public double ScalingFactor { get; init; } = 0.13;

    /// <summary>Kept for its place in diffusers' config.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Pixels per latent, in height and in width.</summary>
    public int SpatialCompressionRatio => 1 << (BlockOutChannels.Count - 1);

    static string INamedConfig.ClassName => nameof(AutoencoderKLAllegro);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(OutChannels, nameof(OutChannels));
        ConfigCheck.Positive(LatentChannels, nameof(LatentChannels));
        ConfigCheck.Positive(LayersPerBlock, nameof(LayersPerBlock));
        ConfigCheck.Positive(NormNumGroups, nameof(NormNumGroups));
        ConfigCheck.Positive(TemporalCompressionRatio, nameof(TemporalCompressionRatio));
        ConfigCheck.Positive(SampleSize, nameof(SampleSize));
        ConfigCheck.Channels(BlockOutChannels, NormNumGroups, nameof(BlockOutChannels));
        ConfigCheck.Blocks(DownBlockTypes, BlockOutChannels.Count, nameof(DownBlockTypes), DownBlock);
        ConfigCheck.Blocks(UpBlockTypes, BlockOutChannels.Count, nameof(UpBlockTypes), UpBlock);
        CheckTemporal(TemporalDownsampleBlocks, "temporal_downsample_blocks");
        CheckTemporal(TemporalUpsampleBlocks, "temporal_upsample_blocks");
        ConfigCheck.NotZero(ScalingFactor, nameof(ScalingFactor));
        Activations.Get(ActFn);
    }

    private void CheckTemporal(IReadOnlyList<bool> changes, string name)
    {
        if (changes.Count != BlockOutChannels.Count)
            throw new ArgumentException($"expected {BlockOutChannels.Count} in {name}, one per size, found {changes.Count}");
        if (!BitOperations.IsPow2(TemporalCompressionRatio) || changes.Count(change => change) != BitOperations.Log2((uint)TemporalCompressionRatio))
            throw new ArgumentException($"expected {name} that change frames by temporal_compression_ratio {TemporalCompressionRatio}, found {changes.Count(change => change)} that are true");
    }
}
