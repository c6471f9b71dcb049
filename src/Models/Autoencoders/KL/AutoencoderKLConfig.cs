namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKL"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Blocks are
/// <c>DownEncoderBlock2D</c> and <c>UpDecoderBlock2D</c>, or with attention <c>AttnDownEncoderBlock2D</c> and <c>AttnUpDecoderBlock2D</c>. Source:
/// diffusers <c>models/autoencoders/autoencoder_kl.py</c>.
/// </summary>
public sealed record AutoencoderKLConfig : BlockAutoencoderConfig, INamedConfig
{
    internal const string AttentiveDownBlock = "AttnDownEncoderBlock2D";
    internal const string AttentiveUpBlock = "AttnUpDecoderBlock2D";
    private const string DownBlock = "DownEncoderBlock2D";
    private const string UpBlock = "UpDecoderBlock2D";

    /// <summary>Builds the settings that diffusers has by default.</summary>
    public AutoencoderKLConfig()
    {
        DownBlockTypes = [DownBlock];
        UpBlockTypes = [UpBlock];
        BlockOutChannels = [64];
        (LatentChannels, LayersPerBlock, ScalingFactor) = (4, 1, 0.18215);
    }

    /// <summary>The height and width, in pixels, of a tile at first.</summary>
    public int SampleSize { get; init; } = 32;

    /// <summary>What is taken from this autoencoder's latents before they are scaled.</summary>
    public double? ShiftFactor { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsMean { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public IReadOnlyList<double>? LatentsStd { get; init; }

    /// <summary>Whether the encoder ends with a convolution of one point.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether the decoder begins with one.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Whether there is attention at the smallest size.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    static string INamedConfig.ClassName => nameof(AutoencoderKL);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        Check([DownBlock, AttentiveDownBlock], [UpBlock, AttentiveUpBlock]);
        ConfigCheck.Positive(SampleSize, nameof(SampleSize));
    }
}
