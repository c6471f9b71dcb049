using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>Attention and a feed-forward layer, each with a norm before it. Source: transformers <c>models/t5/modeling_t5.py</c>.</summary>
internal sealed class T5Block : Module<Tensor, Tensor, Tensor>
{
    private readonly ModuleList<Module> layer;

    public T5Block(T5EncoderModelConfig config, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(T5Block))
    {
        layer = [new T5LayerSelfAttention(config, hasBias, device, dtype), new T5LayerFeedForward(config, device, dtype)];
        RegisterComponents();
    }

    private T5LayerSelfAttention SelfAttention => (T5LayerSelfAttention)layer[0];

    private T5LayerFeedForward FeedForward => (T5LayerFeedForward)layer[1];

    /// <summary>[batch, tokens, width], with a bias on the scores.</summary>
    public override Tensor forward(Tensor hidden, Tensor bias)
    {
        using var attended = SelfAttention.call(hidden, bias);
        return FeedForward.call(attended);
    }

    /// <inheritdoc cref="T5Attention.Bias"/>
    public Tensor? Bias(long tokens, Tensor? mask) => SelfAttention.SelfAttention.Bias(tokens, mask);

    private sealed class T5LayerSelfAttention : Module<Tensor, Tensor, Tensor>
    {
        public readonly T5Attention SelfAttention;
        private readonly T5LayerNorm layer_norm;

        public T5LayerSelfAttention(T5EncoderModelConfig config, bool hasBias, Device? device, ScalarType? dtype)
            : base(nameof(T5LayerSelfAttention))
        {
            SelfAttention = new T5Attention(config, hasBias, device, dtype);
            layer_norm = new T5LayerNorm(config, device, dtype);
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden, Tensor bias)
        {
            using var scope = NewDisposeScope();
            return Finite(hidden.Plus(SelfAttention.call(layer_norm.call(hidden), bias))).MoveToOuterDisposeScope();
        }
    }

    private sealed class T5LayerFeedForward : Module<Tensor, Tensor>
    {
        private readonly T5FeedForward DenseReluDense;
        private readonly T5LayerNorm layer_norm;

        public T5LayerFeedForward(T5EncoderModelConfig config, Device? device, ScalarType? dtype)
            : base(nameof(T5LayerFeedForward))
        {
            DenseReluDense = new T5FeedForward(config, device, dtype);
            layer_norm = new T5LayerNorm(config, device, dtype);
            RegisterComponents();
        }

        public override Tensor forward(Tensor hidden)
        {
            using var scope = NewDisposeScope();
            return Finite(hidden.Plus(DenseReluDense.call(layer_norm.call(hidden)))).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Keeps a float16 sum from being infinite, with the margin that transformers leaves.</summary>
    private static Tensor Finite(Tensor sum)
    {
        const double Largest = 65504, Margin = 1000;
        return sum.dtype == ScalarType.Float16 && sum.isinf().any().Number<bool>() ? sum.Clamped(Margin - Largest, Largest - Margin) : sum;
    }
}
