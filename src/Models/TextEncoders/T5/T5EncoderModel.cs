using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The encoder of T5: version 1.1 (gated) and the older form, and umT5. State-dict names are those of transformers, with the token
/// embedding once, as <c>shared.weight</c>. Source: transformers <c>models/t5/modeling_t5.py</c>,
/// <c>models/umt5/modeling_umt5.py</c>.
/// </summary>
public sealed class T5EncoderModel : Module<Tensor, Tensor?, Tensor>, IPretrainedModel<T5EncoderModel>
{
    private readonly TokenEmbedding shared;
    private readonly T5Stack encoder;

    private T5EncoderModel(T5EncoderModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(T5EncoderModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        shared = new TokenEmbedding(config.VocabSize, config.DModel, 1, device, dtype);
        encoder = new T5Stack(config, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public T5EncoderModelConfig Config { get; }

    /// <summary>The token embedding is tied: checkpoints hold it under either name, or both. A whole T5 holds a decoder besides, which is not needed here.</summary>
    static CheckpointForm IPretrainedModel<T5EncoderModel>.Form { get; } = CheckpointForm.Transformers with
    {
        OtherNames = new Dictionary<string, string> { ["shared.weight"] = "encoder.embed_tokens.weight" },
        PassedOver = ["decoder.", "lm_head."],
    };

    string IPretrainedModel<T5EncoderModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static T5EncoderModel FromConfig(T5EncoderModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new T5EncoderModel(config, device, dtype);
    }

    static T5EncoderModel IPretrainedModel<T5EncoderModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(T5EncoderModelConfig.FromFile(path), device, dtype);

    /// <summary>Encodes tokens. The caller owns the result.</summary>
    /// <param name="inputIds">[batch, tokens], int64</param>
    /// <param name="attentionMask">
    /// [batch, tokens]: 0 for tokens that nothing attends to; <see langword="null"/> for none. What comes of such tokens
    /// themselves means nothing.
    /// </param>
    /// <returns>[batch, tokens, width]</returns>
    /// <exception cref="ArgumentException">The ids are of another rank or type, or outside the vocabulary; or the mask is of another shape.</exception>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask = null)
    {
        var states = HiddenStates(inputIds, attentionMask);
        foreach (var state in states.SkipLast(1))
            state.Dispose();
        return states[^1];
    }

    /// <summary>
    /// The embedded tokens, what every block but the last gives, and the normalised result, as transformers'
    /// <c>output_hidden_states</c>. The caller owns all of them.
    /// </summary>
    /// <inheritdoc cref="forward" path="/param"/>
    /// <inheritdoc cref="forward" path="/exception"/>
    public IReadOnlyList<Tensor> HiddenStates(Tensor inputIds, Tensor? attentionMask = null)
    {
        TokenInput.Check(inputIds, attentionMask, Config.VocabSize);
        using var scope = NewDisposeScope();
        return [.. encoder.Run(shared.call(inputIds), attentionMask).Select(state => state.MoveToOuterDisposeScope())];
    }

    /// <summary>The blocks and the norm after them.</summary>
    private sealed class T5Stack : Module
    {
        private readonly ModuleList<T5Block> block = [];
        private readonly T5LayerNorm final_layer_norm;

        public T5Stack(T5EncoderModelConfig config, Device? device, ScalarType? dtype)
            : base(nameof(T5Stack))
        {
            for (var i = 0; i < config.NumLayers; i++)
                block.Add(new T5Block(config, i == 0 || config.HasBiasInEveryBlock, device, dtype));
            final_layer_norm = new T5LayerNorm(config, device, dtype);
            RegisterComponents();
        }

        /// <summary>What goes into each block, and the result.</summary>
        public List<Tensor> Run(Tensor embedded, Tensor? mask)
        {
            List<Tensor> states = [embedded];
            var masked = mask is null ? null : Masked(mask, embedded.dtype);
            var bias = default(Tensor);
            foreach (var each in block)
            {
                if (each.Bias(embedded.size(1), masked) is { } own)
                {
                    // umT5's blocks have one each, and the scope would keep them all until the end.
                    bias?.Dispose();
                    bias = own;
                }
                states.Add(each.call(states[^1], bias!));
            }
            states[^1] = final_layer_norm.call(states[^1]);
            return states;
        }

        /// <summary>[batch, 1, 1, tokens]: 0, and the type's lowest number where nothing attends.</summary>
        private static Tensor Masked(Tensor mask, ScalarType dtype) =>
            zeros(mask.shape, dtype, mask.device).Mask_(mask.IsEqual(0), finfo(dtype).min).unsqueeze(1).unsqueeze(1);
    }
}
