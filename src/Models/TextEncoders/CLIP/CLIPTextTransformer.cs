using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Embeddings of tokens and their positions, layers, and the norm after them. Source: transformers
/// <c>models/clip/modeling_clip.py</c> (CLIPTextTransformer, CLIPTextEmbeddings).
/// </summary>
internal sealed class CLIPTextTransformer : Module
{
    private readonly CLIPTextEmbeddings embeddings;
    private readonly CLIPEncoder encoder;
    private readonly LayerNormalization final_layer_norm;

    public CLIPTextTransformer(CLIPTextModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPTextTransformer))
    {
        embeddings = new CLIPTextEmbeddings(config, device, dtype);
        encoder = new CLIPEncoder(config, device, dtype);
        final_layer_norm = new LayerNormalization(config.HiddenSize, config.LayerNormEps, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>The embedded tokens, and what every layer gives.</summary>
    public List<Tensor> Run(Tensor inputIds, Tensor? attentionMask)
    {
        List<Tensor> states = [embeddings.call(inputIds)];
        var mask = Visible(inputIds, attentionMask);
        foreach (var layer in encoder.layers)
            states.Add(layer.call(states[^1], mask));
        return states;
    }

    /// <summary>The last state, normalised.</summary>
    public Tensor Normalize(Tensor state) => final_layer_norm.call(state);

    /// <summary>[batch or 1, 1, tokens, tokens]: true where a token may look, which is to itself and back, and to no masked one.</summary>
    private static Tensor Visible(Tensor inputIds, Tensor? attentionMask)
    {
        var tokens = inputIds.size(1);
        var causal = ones([tokens, tokens], ScalarType.Bool, inputIds.device).tril().view(1, 1, tokens, tokens);
        return attentionMask is null ? causal : causal.logical_and(attentionMask.IsEqual(0).logical_not().view(-1, 1, 1, tokens));
    }

    private sealed class CLIPTextEmbeddings : Module<Tensor, Tensor>
    {
        private const double Deviation = 0.02;

        private readonly TokenEmbedding token_embedding;
        private readonly TokenEmbedding position_embedding;

        public CLIPTextEmbeddings(CLIPTextModelConfig config, Device? device, ScalarType? dtype)
            : base(nameof(CLIPTextEmbeddings))
        {
            token_embedding = new TokenEmbedding(config.VocabSize, config.HiddenSize, Deviation, device, dtype);
            position_embedding = new TokenEmbedding(config.MaxPositionEmbeddings, config.HiddenSize, Deviation, device, dtype);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds)
        {
            using var scope = NewDisposeScope();
            return token_embedding.call(inputIds).Plus(position_embedding.First(inputIds.size(1))).MoveToOuterDisposeScope();
        }
    }
}
