using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The text encoder of CLIP, without a projection. State-dict names are those of transformers. Source: transformers
/// <c>models/clip/modeling_clip.py</c> (CLIPTextModel).
/// </summary>
public sealed class CLIPTextModel : Module<Tensor, Tensor?, (Tensor LastHiddenState, Tensor PoolerOutput)>, IPretrainedModel<CLIPTextModel>
{
    private readonly CLIPTextTransformer text_model;

    private CLIPTextModel(CLIPTextModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPTextModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        text_model = new CLIPTextTransformer(config, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public CLIPTextModelConfig Config { get; }

    /// <summary>A whole CLIP holds an encoder of images and projections besides, and older checkpoints the numbers of the positions.</summary>
    static CheckpointForm IPretrainedModel<CLIPTextModel>.Form { get; } = CheckpointForm.Transformers with
    {
        PassedOver = ["vision_model.", "visual_projection.", "text_projection.", "logit_scale", "text_model.embeddings.position_ids"],
    };

    string IPretrainedModel<CLIPTextModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static CLIPTextModel FromConfig(CLIPTextModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new CLIPTextModel(config, device, dtype);
    }

    static CLIPTextModel IPretrainedModel<CLIPTextModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(CLIPTextModelConfig.FromFile(path), device, dtype);

    /// <summary>Encodes tokens, each of which attends to itself and those before it. The caller owns the results.</summary>
    /// <param name="inputIds">[batch, tokens], int64; at most <c>max_position_embeddings</c> tokens.</param>
    /// <param name="attentionMask">
    /// [batch, tokens]: 0 for tokens that nothing attends to; <see langword="null"/> for none. What comes of such tokens
    /// themselves means nothing.
    /// </param>
    /// <returns>
    /// The normalised states, [batch, tokens, width], and of each sequence the one at its end token, [batch, width]: at the first
    /// <c>eos_token_id</c>, or at the highest id where that setting is 2. A sequence without an end token gives its first state.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The ids are of another rank or type, outside the vocabulary or too many; or the mask is of another shape.
    /// </exception>
    public override (Tensor LastHiddenState, Tensor PoolerOutput) forward(Tensor inputIds, Tensor? attentionMask = null)
    {
        using var scope = NewDisposeScope();
        var last = text_model.Normalize(HiddenStates(inputIds, attentionMask)[^1]);
        var pooled = last.gather(1, Ends(inputIds).view(-1, 1, 1).expand(-1, -1, last.size(2))).squeeze(1);
        return (last.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// The embedded tokens and what every layer gives, each [batch, tokens, width], as transformers' <c>output_hidden_states</c>:
    /// the last one is not normalised. The caller owns all of them.
    /// </summary>
    /// <inheritdoc cref="forward" path="/param"/>
    /// <inheritdoc cref="forward" path="/exception"/>
    public IReadOnlyList<Tensor> HiddenStates(Tensor inputIds, Tensor? attentionMask = null)
    {
        TokenInput.Check(inputIds, attentionMask, Config.VocabSize);
        if (inputIds.size(1) > Config.MaxPositionEmbeddings)
            throw new ArgumentException(
                $"expected at most {Config.MaxPositionEmbeddings} tokens (max_position_embeddings), got {inputIds.size(1)}: cut the text off", nameof(inputIds));
        using var scope = NewDisposeScope();
        return [.. text_model.Run(inputIds, attentionMask).Select(state => state.MoveToOuterDisposeScope())];
    }

    /// <summary>Where each sequence ends, [batch].</summary>
    private Tensor Ends(Tensor inputIds) =>
        (Config.EndsAtHighestId ? inputIds : inputIds.IsEqual(Config.EosTokenId).to(ScalarType.Int64)).argmax(1);
}
