namespace Afterimage.Models;

/// <summary>The settings that autoencoders have in common whose sizes have channels of their own. The defaults are each class's.</summary>
public abstract record BlockAutoencoderConfig : PretrainedConfig
{
    private protected BlockAutoencoderConfig()
    {
    }

    /// <summary>The channels of a picture or video that is encoded.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>The channels of what is decoded.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>The kinds of the encoder's blocks, one per size.</summary>
    public IReadOnlyList<string> DownBlockTypes { get; init; } = [];

    /// <summary>The kinds of the decoder's blocks, one per size.</summary>
    public IReadOnlyList<string> UpBlockTypes { get; init; } = [];

    /// <summary>The channels at each size, from the full one down. Each size after the first halves height and width.</summary>
    public IReadOnlyList<int> BlockOutChannels { get; init; } = [];

    /// <summary>The channels of the latents.</summary>
    public int LatentChannels { get; init; }

    /// <summary>Residual blocks per size of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; }

    /// <summary>The activation of the residual blocks.</summary>
    public string ActFn { get; init; } = "silu";

    /// <summary>The groups of the group norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>What the transformer's latents are, as a multiple of this autoencoder's less their shift.</summary>
    public double ScalingFactor { get; init; }

    /// <summary>Kept for its place in diffusers' config.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Pixels per latent, in height and in width.</summary>
    public int SpatialCompressionRatio => 1 << (BlockOutChannels.Count - 1);

    /// <summary>Throws where no model can be built from these settings.</summary>
    /// <param name="downBlocks">The kinds that the encoder's blocks may be of.</param>
    /// <param name="upBlocks">The kinds that the decoder's may be of.</param>
    private protected void Check(IReadOnlyList<string> downBlocks, IReadOnlyList<string> upBlocks)
    {
        ConfigCheck.Positive(InChannels, nameof(InChannels));
        ConfigCheck.Positive(OutChannels, nameof(OutChannels));
        ConfigCheck.Positive(LatentChannels, nameof(LatentChannels));
        ConfigCheck.Positive(LayersPerBlock, nameof(LayersPerBlock));
        ConfigCheck.Positive(NormNumGroups, nameof(NormNumGroups));
        ConfigCheck.Sizes(BlockOutChannels.Count, nameof(BlockOutChannels));
        foreach (var channels in BlockOutChannels)
        {
            if (channels <= 0 || channels % NormNumGroups != 0)
                throw new ArgumentException($"expected block_out_channels in multiples of norm_num_groups {NormNumGroups}, found {channels}");
        }
        CheckBlocks(DownBlockTypes, downBlocks, "down_block_types");
        CheckBlocks(UpBlockTypes, upBlocks, "up_block_types");
        ConfigCheck.Factor(ScalingFactor, "scaling_factor");
        Activations.Get(ActFn);
    }

    private void CheckBlocks(IReadOnlyList<string> types, IReadOnlyList<string> known, string name)
    {
        if (types.Count != BlockOutChannels.Count || !types.All(known.Contains))
            throw new ArgumentException(
                $"expected {BlockOutChannels.Count} {string.Join(" or ", known)} in {name}, one per size, found {string.Join(", ", types)}");
    }
}
