using System.Numerics;

namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLCogVideoX"/>, with the names (in snake_case) and defaults of diffusers'
/// <c>config.json</c>. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>.
/// </summary>
public sealed record AutoencoderKLCogVideoXConfig : PretrainedConfig, INamedConfig
{
    private const string DownBlock = "CogVideoXDownBlock3D";
    private const string UpBlock = "CogVideoXUpBlock3D";

    /// <summary>The channels of a video that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels of a decoded video.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The kinds of the encoder's blocks; there is one kind.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = [DownBlock, DownBlock, DownBlock, DownBlock];

    /// <summary>The kinds of the decoder's blocks; there is one kind.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = [UpBlock, UpBlock, UpBlock, UpBlock];

    /// <summary>The channels at each size, from the full one down. Each size after the first halves height and width.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [128, 256, 256, 512];

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; } = 16;

    /// <summary>Residual blocks per size of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 3;

    /// <summary>The activation.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>The epsilon of the encoder's norms.</summary>
    public double NormEps { get; init; } = 1e-6;

    /// <summary>The groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Frames per latent frame, a power of two.</summary>
    public double TemporalCompressionRatio { get; init; } = 4;

    /// <summary>The height of a video, in pixels, that tiles are half of.</summary>
    public int SampleHeight { get; init; } = 480;

    /// <summary>The width of a video, in pixels, that tiles are half of.</summary>
    public int SampleWidth { get; init; } = 720;

    /// <summary>What the transformer's latents are, as a multiple of this autoencoder's.</summary>
    public double ScalingFactor { get; init; } = 1.15258426;

    /// <summary>Kept for its place in diffusers' config; this pipeline does not shift latents.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsMean { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsStd { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Whether the encoder ends with a convolution of one point.</summary>
    public bool UseQuantConv { get; init; }

    /// <summary>Whether the decoder begins with one.</summary>
    public bool UsePostQuantConv { get; init; }

    /// <summary>Whether image-to-video divides by the scaling factor where it otherwise multiplies.</summary>
    public bool InvertScaleLatents { get; init; }

    /// <summary>Pixels per latent, in height and in width.</summary>
    public int SpatialCompressionRatio => 1 << (BlockOutChannels.Count - 1);

    /// <summary>The sizes after which frames are halved, too.</summary>
    internal int TemporalHalvings => BitOperations.Log2((uint)TemporalCompressionRatio);

    static string INamedConfig.ClassName => nameof(AutoencoderKLCogVideoX);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, "in_channels");
        ConfigCheck.Positive(OutChannels, "out_channels");
        ConfigCheck.Positive(LatentChannels, "latent_channels");
        ConfigCheck.Positive(LayersPerBlock, "layers_per_block");
        ConfigCheck.Positive(NormNumGroups, "norm_num_groups");
        ConfigCheck.Epsilon(NormEps, "norm_eps");
        if (BlockOutChannels.Count == 0)
            throw new ArgumentException("expected block_out_channels of one size at least, found none");
        foreach (var channels in BlockOutChannels)
        {
            if (channels <= 0 || channels % NormNumGroups != 0)
                throw new ArgumentException($"expected block_out_channels in multiples of norm_num_groups {NormNumGroups}, found {channels}");
        }
        CheckTypes(DownBlockTypes, DownBlock, "down_block_types");
        CheckTypes(UpBlockTypes, UpBlock, "up_block_types");
        if (TemporalCompressionRatio is < 1 or > 1 << 30 || !BitOperations.IsPow2((int)TemporalCompressionRatio) || TemporalCompressionRatio % 1 != 0)
            throw new ArgumentException($"expected a temporal_compression_ratio that is a power of two, found {TemporalCompressionRatio}");
        if (TemporalHalvings > BlockOutChannels.Count - 1)
            throw new ArgumentException(
                $"expected a temporal_compression_ratio of at most {SpatialCompressionRatio}, one halving per change of size, found {TemporalCompressionRatio}");
        if (SampleHeight < 2 * SpatialCompressionRatio || SampleWidth < 2 * SpatialCompressionRatio)
            throw new ArgumentException(
                $"expected sample_height and sample_width of {2 * SpatialCompressionRatio} or more, found {SampleHeight} and {SampleWidth}");
        ConfigCheck.Factor(ScalingFactor, "scaling_factor");
    }

    private void CheckTypes(IReadOnlyList<string> types, string known, string name)
    {
        if (types.Count != BlockOutChannels.Count || types.Any(type => type != known))
            throw new ArgumentException($"expected {BlockOutChannels.Count} {known} in {name}, one per size, found {string.Join(", ", types)}");
    }
}
