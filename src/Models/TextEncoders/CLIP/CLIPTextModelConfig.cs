namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="CLIPTextModel"/>, with the names (in snake_case) and defaults of transformers' <c>config.json</c>.
/// What else such a file holds, for training and for projections, is passed over. Source: transformers
/// <c>models/clip/configuration_clip.py</c> (CLIPTextConfig).
/// </summary>
public sealed record CLIPTextModelConfig : PretrainedConfig, ITransformersConfig
{
    /// <summary>The <c>eos_token_id</c> that configs had by mistake before transformers 4.32, and those of pipelines still have.</summary>
    private const int MistakenEnd = 2;

    /// <summary><c>clip_text_model</c>.</summary>
    public string ModelType { get; init; } = "clip_text_model";

    /// <summary>The number of token ids.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>The width of the tokens.</summary>
    public int HiddenSize { get; init; } = 512;

    /// <summary>The width between the two projections of a feed-forward layer.</summary>
    public int IntermediateSize { get; init; } = 2048;

    /// <summary>The number of layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 8;

    /// <summary>The most tokens of a sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>The activation of the feed-forward layers.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>The epsilon of the norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>The id that ends a sequence, whose state is the pooled one; where it is 2, the highest id of a sequence is taken for it.</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Whether sequences end at their highest id, whatever <see cref="EosTokenId"/> says.</summary>
    internal bool EndsAtHighestId => EosTokenId == MistakenEnd;

    string ITransformersConfig.ClassName => nameof(CLIPTextModel);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        if (ModelType != "clip_text_model")
            throw new ArgumentException(
                $"expected model_type clip_text_model, found '{ModelType}'{(ModelType == "clip" ? "; a text encoder's settings are what it has under text_config" : "")}");
        ConfigCheck.Positive(VocabSize, "vocab_size");
        ConfigCheck.Positive(HiddenSize, "hidden_size");
        ConfigCheck.Positive(IntermediateSize, "intermediate_size");
        ConfigCheck.Positive(NumHiddenLayers, "num_hidden_layers");
        ConfigCheck.Positive(NumAttentionHeads, "num_attention_heads");
        ConfigCheck.Positive(MaxPositionEmbeddings, "max_position_embeddings");
        ConfigCheck.Epsilon(LayerNormEps, nameof(LayerNormEps));
        if (HiddenSize % NumAttentionHeads != 0)
            throw new ArgumentException($"expected hidden_size a multiple of num_attention_heads {NumAttentionHeads}, found {HiddenSize}");
        Activations.Get(HiddenAct);
    }
}
