namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="CLIPTextModel"/>, with the names (in snake_case) and defaults of transformers' <c>config.json</c>, or of
/// what that of a whole CLIP has under <c>text_config</c>. What else such a file holds, for training and for projections, is passed over.
/// Source: transformers <c>models/clip/configuration_clip.py</c> (CLIPTextConfig).
/// </summary>
public sealed record CLIPTextModelConfig : CLIPEncoderConfig, ITransformersConfig
{
    private const string OwnModelType = "clip_text_model";

    /// <summary>The <c>eos_token_id</c> that configs had by mistake before transformers 4.32, and those of pipelines still have.</summary>
    private const int MistakenEnd = 2;

    /// <summary>The defaults.</summary>
    public CLIPTextModelConfig()
        : base(OwnModelType) => (HiddenSize, IntermediateSize, NumAttentionHeads) = (512, 2048, 8);

    /// <summary>The number of token ids.</summary>
    public int VocabSize { get; init; } = 49408;

    /// <summary>The most tokens of a sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;

    /// <summary>The id that ends a sequence, whose state is the pooled one; where it is 2, the highest id of a sequence is taken for it.</summary>
    public int EosTokenId { get; init; } = 49407;

    /// <summary>Whether sequences end at their highest id, whatever <see cref="EosTokenId"/> says.</summary>
    internal bool EndsAtHighestId => EosTokenId == MistakenEnd;

    static string? ITransformersConfig.KeyInWhole => "text_config";

    string ITransformersConfig.ClassName => nameof(CLIPTextModel);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        Check(OwnModelType);
        ConfigCheck.Positive(VocabSize, "vocab_size");
        ConfigCheck.Positive(MaxPositionEmbeddings, "max_position_embeddings");
    }
}
