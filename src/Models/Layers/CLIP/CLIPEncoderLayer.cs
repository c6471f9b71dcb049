using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Attention and a feed-forward layer, each with a norm before it. Source: transformers <c>models/clip/modeling_clip.py</c>
/// (CLIPEncoderLayer, CLIPMLP).
/// </summary>
internal sealed class CLIPEncoderLayer : Module<Tensor, Tensor?, Tensor>
{
    private readonly CLIPAttention self_attn;
    private readonly LayerNormalization layer_norm1;
    private readonly CLIPFeedForward mlp;
    private readonly LayerNormalization layer_norm2;

    public CLIPEncoderLayer(CLIPEncoderConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPEncoderLayer))
    {
        self_attn = new CLIPAttention(config, device, dtype);
        layer_norm1 = new LayerNormalization(config.HiddenSize, config.LayerNormEps, true, device, dtype);
        mlp = new CLIPFeedForward(config, device, dtype);
        layer_norm2 = new LayerNormalization(config.HiddenSize, config.LayerNormEps, true, device, dtype);
        RegisterComponents();
    }

    /// <inheritdoc cref="CLIPAttention.forward"/>
    public override Tensor forward(Tensor hidden, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var attended = hidden.Plus(self_attn.call(layer_norm1.call(hidden), mask));
        return attended.Plus(mlp.call(layer_norm2.call(attended))).MoveToOuterDisposeScope();
    }

    private sealed class CLIPFeedForward : Module<Tensor, Tensor>
    {
        private readonly LinearLayer fc1;
        private readonly LinearLayer fc2;
        private readonly Func<Tensor, Tensor> _activation;

        public CLIPFeedForward(CLIPEncoderConfig config, Device? device, ScalarType? dtype)
            : base(nameof(CLIPFeedForward))
        {
            _activation = Activations.Get(config.HiddenAct);
            fc1 = Dense.Linear(config.HiddenSize, config.IntermediateSize, true, device, dtype);
            fc2 = Dense.Linear(config.IntermediateSize, config.HiddenSize, true, device, dtype);
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden)
        {
            using var scope = NewDisposeScope();
            return fc2.call(_activation(fc1.call(hidden))).MoveToOuterDisposeScope();
        }
    }
}
