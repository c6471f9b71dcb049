namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="T5EncoderModel"/>, with the names (in snake_case) and defaults of transformers' <c>config.json</c>.
/// What else such a file holds, for decoders and for training, is passed over. Source: transformers
/// <c>models/t5/configuration_t5.py</c>, <c>models/umt5/configuration_umt5.py</c>.
/// </summary>
public sealed record T5EncoderModelConfig : PretrainedConfig, ITransformersConfig
{
    /// <summary>What transformers calls the class of umT5's encoder.</summary>
    internal const string Umt5ClassName = "UMT5EncoderModel";

    private const string Gated = "gated-";

    /// <summary><c>t5</c>, or <c>umt5</c>, whose blocks have a relative position bias each.</summary>
    public string ModelType { get; init; } = "t5";

    /// <summary>The number of token ids.</summary>
    public int VocabSize { get; init; } = 32128;

    /// <summary>The width of the tokens.</summary>
    public int DModel { get; init; } = 512;

    /// <summary>The width of a head.</summary>
    public int DKv { get; init; } = 64;

    /// <summary>The width between the two projections of a feed-forward layer.</summary>
    public int DFf { get; init; } = 2048;

    /// <summary>The number of blocks.</summary>
    public int NumLayers { get; init; } = 6;

    /// <summary>The number of attention heads.</summary>
    public int NumHeads { get; init; } = 8;

    /// <summary>How many distances the position bias tells apart, those to the left and to the right together.</summary>
    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>The distance from which on all are one.</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>The epsilon of the norms.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>The activation of the feed-forward layers, with <c>gated-</c> before it where a second projection gates it.</summary>
    public string FeedForwardProj { get; init; } = "relu";

    /// <summary>The id that sequences are filled up with.</summary>
    public int PadTokenId { get; init; }

    /// <summary>The id that ends a sequence.</summary>
    public int EosTokenId { get; init; } = 1;

    /// <summary>Whether every block has a position bias of its own.</summary>
    internal bool HasBiasInEveryBlock => ModelType == "umt5";

    /// <summary>Whether feed-forward layers have a gate.</summary>
    internal bool IsGated => FeedForwardProj.StartsWith(Gated, StringComparison.Ordinal);

    /// <summary>The name of the activation.</summary>
    internal string Activation => FeedForwardProj switch
    {
        "gated-gelu" => "gelu_new", // as transformers takes it
        _ => IsGated ? FeedForwardProj[Gated.Length..] : FeedForwardProj,
    };

    /// <summary>The width of all heads.</summary>
    internal long InnerDim => (long)NumHeads * DKv;

    string ITransformersConfig.ClassName => HasBiasInEveryBlock ? Umt5ClassName : nameof(T5EncoderModel);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        if (ModelType is not ("t5" or "umt5"))
            throw new ArgumentException($"expected model_type t5 or umt5, found '{ModelType}'");
        ConfigCheck.Positive(VocabSize, "vocab_size");
        ConfigCheck.Positive(DModel, "d_model");
        ConfigCheck.Positive(DKv, "d_kv");
        ConfigCheck.Positive(DFf, "d_ff");
        ConfigCheck.Positive(NumLayers, "num_layers");
        ConfigCheck.Positive(NumHeads, "num_heads");
        ConfigCheck.Epsilon(LayerNormEpsilon, nameof(LayerNormEpsilon));
        if (RelativeAttentionNumBuckets < 4)
            throw new ArgumentException($"expected relative_attention_num_buckets of 4 or more, found {RelativeAttentionNumBuckets}");
        if (RelativeAttentionMaxDistance <= RelativeAttentionNumBuckets / 4)
            throw new ArgumentException(
                $"expected relative_attention_max_distance above {RelativeAttentionNumBuckets / 4}, found {RelativeAttentionMaxDistance}");
        Activations.Get(Activation);
    }
}
