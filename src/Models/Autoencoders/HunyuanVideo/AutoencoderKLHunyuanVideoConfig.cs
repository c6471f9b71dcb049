using System.Numerics;

namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLHunyuanVideo"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>.
/// </summary>
public sealed record AutoencoderKLHunyuanVideoConfig : PretrainedConfig, INamedConfig
{
    private const string DownBlock = "HunyuanVideoDownBlock3D";
    private const string UpBlock = "HunyuanVideoUpBlock3D";
    private const int FramesPerLatent = 4;

    /// <summary>The channels of a video that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels of a decoded video.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; } = 16;

    /// <summary>The kinds of the encoder's blocks; there is one kind.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = [DownBlock, DownBlock, DownBlock, DownBlock];

    /// <summary>The kinds of the decoder's blocks; there is one kind.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = [UpBlock, UpBlock, UpBlock, UpBlock];

    /// <summary>The channels at each size, from the full one down.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 512, 512];

    /// <summary>Residual blocks per size of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>The activation of the residual blocks.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>The groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>What the transformer's latents are, as a multiple of this autoencoder's.</summary>
    public double ScalingFactor { get; init; } = 0.476986;

    /// <summary>Pixels per latent, in height and in width: a power of two.</summary>
    public int SpatialCompressionRatio { get; init; } = 8;

    /// <summary>Frames per latent frame; diffusers' decoder is built for 4 only.</summary>
    public int TemporalCompressionRatio { get; init; } = FramesPerLatent;

    /// <summary>Whether the middle of encoder and decoder attends.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    static string INamedConfig.ClassName => nameof(AutoencoderKLHunyuanVideo);

    /// <summary>
    /// By what a block of the encoder divides frames, rows and columns, and a block of the decoder multiplies them: height and width change in the first of either,
    /// frames in those before the last.
    /// </summary>
    internal (int Frames, int Rows, int Columns) StrideOf(int block)
    {
        var last = BlockOutChannels.Count - 1;
        var pixels = block < BitOperations.Log2((uint)SpatialCompressionRatio) ? 2 : 1;
        return (block < last && block >= last - BitOperations.Log2(FramesPerLatent) ? 2 : 1, pixels, pixels);
    }

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, "in_channels");
        ConfigCheck.Positive(OutChannels, "out_channels");
        ConfigCheck.Positive(LatentChannels, "latent_channels");
        ConfigCheck.Positive(LayersPerBlock, "layers_per_block");
        ConfigCheck.Positive(NormNumGroups, "norm_num_groups");
        if (TemporalCompressionRatio != FramesPerLatent)
            throw new NotSupportedException(
                $"expected a temporal_compression_ratio of {FramesPerLatent}, the only one that diffusers' decoder can be built for, found {TemporalCompressionRatio}");
        if (SpatialCompressionRatio < 1 || !BitOperations.IsPow2(SpatialCompressionRatio))
            throw new ArgumentException($"expected a spatial_compression_ratio that is a power of two, found {SpatialCompressionRatio}");
        var least = Math.Max(BitOperations.Log2((uint)SpatialCompressionRatio), BitOperations.Log2(FramesPerLatent) + 1);
        if (BlockOutChannels.Count < least)
            throw new ArgumentException(
                $"expected block_out_channels of {least} sizes at least for a spatial_compression_ratio of {SpatialCompressionRatio}, found {BlockOutChannels.Count}");
        foreach (var channels in BlockOutChannels)
        {
            if (channels <= 0 || channels % NormNumGroups != 0)
                throw new ArgumentException($"expected block_out_channels in multiples of norm_num_groups {NormNumGroups}, found {channels}");
        }
        CheckTypes(DownBlockTypes, DownBlock, "down_block_types");
        CheckTypes(UpBlockTypes, UpBlock, "up_block_types");
        ConfigCheck.Factor(ScalingFactor, "scaling_factor");
    }

    private void CheckTypes(IReadOnlyList<string> types, string known, string name)
    {
        if (types.Count != BlockOutChannels.Count || types.Any(type => type != known))
            throw new ArgumentException($"expected {BlockOutChannels.Count} {known} in {name}, one per size, found {string.Join(", ", types)}");
    }
}
