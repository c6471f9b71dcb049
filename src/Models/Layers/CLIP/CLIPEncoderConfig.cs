namespace Afterimage.Models;

/// <summary>The settings that CLIP's encoders of texts and of pictures have in common. Defaults that differ are each class's.</summary>
public abstract record CLIPEncoderConfig : PretrainedConfig
{
    private protected CLIPEncoderConfig(string modelType) => ModelType = modelType;

    /// <summary>The kind of encoder, one for each class.</summary>
    public string ModelType { get; init; }

    /// <summary>The width of the tokens.</summary>
    public int HiddenSize { get; init; }

    /// <summary>The width between the two projections of a feed-forward layer.</summary>
    public int IntermediateSize { get; init; }

    /// <summary>The number of layers.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>The number of attention heads.</summary>
    public int NumAttentionHeads { get; init; }

    /// <summary>The activation of the feed-forward layers.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>The epsilon of the norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Throws where no layers can be built from these settings.</summary>
    /// <param name="modelType">What the class's <see cref="ModelType"/> has to be.</param>
    private protected void Check(string modelType)
    {
        if (ModelType != modelType)
            throw new ArgumentException($"expected model_type {modelType}, found '{ModelType}'");
        ConfigCheck.Positive(HiddenSize, "hidden_size");
        ConfigCheck.Positive(IntermediateSize, "intermediate_size");
        ConfigCheck.Positive(NumHiddenLayers, "num_hidden_layers");
        ConfigCheck.Positive(NumAttentionHeads, "num_attention_heads");
        ConfigCheck.Epsilon(LayerNormEps, nameof(LayerNormEps));
        if (HiddenSize % NumAttentionHeads != 0)
            throw new ArgumentException($"expected hidden_size a multiple of num_attention_heads {NumAttentionHeads}, found {HiddenSize}");
        Activations.Get(HiddenAct);
    }
}
