namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="AutoencoderKLMochi"/>, with the names (in snake_case) and defaults of diffusers' <c>config.json</c>. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_mochi.py</c>.
/// </summary>
public sealed record AutoencoderKLMochiConfig : PretrainedConfig, INamedConfig
{
    /// <summary>The groups of all group norms.</summary>
    internal const int NormNumGroups = 32;

    /// <summary>What sines and cosines of two frequencies make of a channel.</summary>
    private const int ChannelsOfOne = 5;

    /// <summary>The channels of a video that is encoded, with those of its sines and cosines: 5 times as many.</summary>
    public int InChannels { get; init; } = 15;

    /// <summary>The channels of a decoded video.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The channels of the encoder at each size, from the full one down.</summary>
    public IReadOnlyList<int> EncoderBlockOutChannels { get; init; } = [64, 128, 256, 384];

    /// <summary>The channels of the decoder at each size, from the full one down.</summary>
    public IReadOnlyList<int> DecoderBlockOutChannels { get; init; } = [128, 256, 512, 768];

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; } = 12;

    /// <summary>Residual blocks of each size, and of the smallest one's own.</summary>
    public IReadOnlyList<int> LayersPerBlock { get; init; } = [3, 3, 4, 6, 3];

    /// <summary>The activation before the output.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>By what frames change from each size to the next.</summary>
    public IReadOnlyList<int> TemporalExpansions { get; init; } = [1, 2, 3];

    /// <summary>By what height and width change from each size to the next.</summary>
    public IReadOnlyList<int> SpatialExpansions { get; init; } = [2, 2, 2];

    /// <summary>Which of the encoder's blocks attend; kept for its place in diffusers' config.</summary>
    public IReadOnlyList<bool> AddAttentionBlock { get; init; } = [false, true, true, true, true];

    /// <summary>The means of this autoencoder's latents, one per channel; the transformer's are less by these.</summary>
    public IReadOnlyList<double>? LatentsMean { get; init; } =
    [
        -0.06730895953510081, -0.038011381506090416, -0.07477820912866141, -0.05565264470995561, 0.012767231469026969, -0.04703542746246419,
        0.043896967884726704, -0.09346305707025976, -0.09918314763016893, -0.008729793427399178, -0.011931556316503654, -0.0321993391887285,
    ];

    /// <summary>Their standard deviations, which the transformer's are then divided by.</summary>
    public IReadOnlyList<double>? LatentsStd { get; init; } =
    [
        0.9263795028493863, 0.9248894543193766, 0.9393059390890617, 0.959253732819592, 0.8244560132752793, 0.917259975397747,
        0.9294154431013696, 1.3720942357788521, 0.881393668867029, 0.9168315692124348, 0.9185249279345552, 0.9274757570805041,
    ];

    /// <summary>What the transformer's latents are, as a multiple of this autoencoder's.</summary>
    public double ScalingFactor { get; init; } = 1.0;

    /// <summary>The channels of a video that is encoded.</summary>
    internal int SampleChannels => InChannels / ChannelsOfOne;

    static string INamedConfig.ClassName => nameof(AutoencoderKLMochi);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        ConfigCheck.Positive(InChannels, "in_channels");
        ConfigCheck.Positive(OutChannels, "out_channels");
        ConfigCheck.Positive(LatentChannels, "latent_channels");
        CheckWidths(DecoderBlockOutChannels, "decoder_block_out_channels");
        CheckWidths(EncoderBlockOutChannels, "encoder_block_out_channels");
        var sizes = DecoderBlockOutChannels.Count;
        if (LayersPerBlock.Count < sizes + 1)
            throw new ArgumentException($"expected layers_per_block of {sizes + 1} blocks at least, found {LayersPerBlock.Count}");
        foreach (var layers in LayersPerBlock)
            ConfigCheck.NotNegative(layers, "layers_per_block");
        CheckExpansions(TemporalExpansions, sizes - 1, "temporal_expansions");
        CheckExpansions(SpatialExpansions, sizes - 1, "spatial_expansions");
        ConfigCheck.Factor(ScalingFactor, "scaling_factor");
    }

    private static void CheckWidths(IReadOnlyList<int> widths, string name)
    {
        if (widths.Count == 0)
            throw new ArgumentException($"expected {name} of one size at least, found none");
        foreach (var channels in widths)
        {
            if (channels <= 0 || channels % NormNumGroups != 0)
                throw new ArgumentException($"expected {name} in multiples of {NormNumGroups}, the groups of the norms, found {channels}");
        }
    }

    private static void CheckExpansions(IReadOnlyList<int> expansions, int count, string name)
    {
        if (expansions.Count != count || expansions.Any(expansion => expansion < 1) || expansions.Aggregate(1.0, (product, expansion) => product * expansion) > int.MaxValue)
            throw new ArgumentException($"expected {count} whole numbers above 0 in {name}, one per change of size, found {string.Join(", ", expansions)}");
    }
}
