namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKL"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl.py</c>.
/// </summary>
public sealed record AutoencoderKLConfig : PretrainedConfig, INamedConfig
{
    internal const string AttentiveDownBlock = "AttnDownEncoderBlock2D";
    internal const string AttentiveUpBlock = "AttnUpDecoderBlock2D";
    private const string DownBlock = "DownEncoderBlock2D";
    private const string UpBlock = "UpDecoderBlock2D";

    /// <summary>The channels of a picture that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels of a decoded picture.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The kinds of the encoder's blocks: <c>DownEncoderBlock2D</c>, or with attention <c>AttnDownEncoderBlock2D</c>.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = [DownBlock];

    /// <summary>The kinds of the decoder's blocks: <c>UpDecoderBlock2D</c>, or with attention <c>AttnUpDecoderBlock2D</c>.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = [UpBlock];

    /// <summary>The channels at each size, from the full one down. Each size after the first halves height and width.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [64];

    /// <summary>Residual blocks per size of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>The activation of the residual blocks.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>The groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>The height and width, in pixels, of a tile at first.</summary>
    public int SampleSize { get; init; } = 32;

    /// <summary>What the transformer's latents are, less the shift, as a multiple of this autoencoder's.</summary>
    public double ScalingFactor { get; init; } = 0.18215;

    /// <summary>What is taken from this autoencoder's latents before they are scaled.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsMean { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsStd { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Whether the encoder ends with a convolution of one point.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether the decoder begins with one.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Whether there is attention at the smallest size.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>Pixels per latent, in height and in width.</summary>
    public int SpatialCompressionRatio => 1 << (BlockOutChannels.Count - 1);

    static string INamedConfig.ClassName => nameof(AutoencoderKL);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(OutChannels, nameof(OutChannels));
        ConfigCheck.Positive(LatentChannels, nameof(LatentChannels));
        ConfigCheck.Positive(LayersPerBlock, nameof(LayersPerBlock));
        ConfigCheck.Positive(NormNumGroups, nameof(NormNumGroups));
        ConfigCheck.Positive(SampleSize, nameof(SampleSize));
        ConfigCheck.Channels(BlockOutChannels, NormNumGroups, nameof(BlockOutChannels));
        ConfigCheck.Blocks(DownBlockTypes, BlockOutChannels.Count, nameof(DownBlockTypes), DownBlock, AttentiveDownBlock);
        ConfigCheck.Blocks(UpBlockTypes, BlockOutChannels.Count, nameof(UpBlockTypes), UpBlock, AttentiveUpBlock);
        ConfigCheck.NotZero(ScalingFactor, nameof(ScalingFactor));
        Activations.Get(ActFn);
    }
}
