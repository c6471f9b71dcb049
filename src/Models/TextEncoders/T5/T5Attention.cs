using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention without a scale, with a bias by distance. Source: transformers <c>models/t5/modeling_t5.py</c>,
/// <c>T5Attention</c>.
/// </summary>
internal sealed class T5Attention : Module<Tensor, Tensor, Tensor>
{
    private readonly LinearLayer q;
    private readonly LinearLayer k;
    private readonly LinearLayer v;
    private readonly LinearLayer o;
    private readonly TokenEmbedding? relative_attention_bias;
    private readonly T5EncoderModelConfig _config;

    public T5Attention(T5EncoderModelConfig config, bool hasBias, Device? device, ScalarType? dtype)
        : base(nameof(T5Attention))
    {
        _config = config;
        q = Dense.Linear(config.DModel, config.InnerDim, false, device, dtype);
        k = Dense.Linear(config.DModel, config.InnerDim, false, device, dtype);
        v = Dense.Linear(config.DModel, config.InnerDim, false, device, dtype);
        o = Dense.Linear(config.InnerDim, config.DModel, false, device, dtype);
        relative_attention_bias = hasBias
            ? new TokenEmbedding(config.RelativeAttentionNumBuckets, config.NumHeads, Math.Pow(config.DModel, -0.5), device, dtype)
            : null;
        RegisterComponents();
    }

    /// <summary>[batch, tokens, width], with a bias [batch or 1, heads, tokens, tokens] on the scores.</summary>
    public override Tensor forward(Tensor hidden, Tensor bias)
    {
        using var scope = NewDisposeScope();
        var scores = Heads(q.call(hidden)).matmul(Heads(k.call(hidden)).transpose(-1, -2)).Plus(bias);
        var weights = functional.softmax(scores.to(Precision.AtLeastSingle(scores.dtype)), -1).to(scores.dtype);
        var attended = weights.matmul(Heads(v.call(hidden))).transpose(1, 2).flatten(2);
        return o.call(attended).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The bias of this layer and a mask's, [batch or 1, heads, tokens, tokens]; <see langword="null"/> where it has none of its own.
    /// </summary>
    public Tensor? Bias(long tokens, Tensor? mask)
    {
        if (relative_attention_bias is null)
            return null;
        using var scope = NewDisposeScope();
        var positions = TensorArithmetic.Range(tokens, ScalarType.Int64, o.Weight.device);
        var buckets = Buckets(positions.unsqueeze(0) - positions.unsqueeze(1));
        var bias = relative_attention_bias.call(buckets).permute(2, 0, 1).unsqueeze(0);
        return (mask is null ? bias : bias.Plus(mask)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The bucket of each distance: half of them for either direction, of these one for each small distance, and wider ones in
    /// logarithmic steps after them.
    /// </summary>
    private Tensor Buckets(Tensor distances)
    {
        var half = _config.RelativeAttentionNumBuckets / 2;
        var exact = half / 2;
        var size = distances.abs();
        // In float32 as in transformers: it decides on which side of a step a distance falls.
        var steps = size.to(ScalarType.Float32).Over(exact).log().Over(Math.Log((double)_config.RelativeAttentionMaxDistance / exact)).Times(half - exact);
        var large = steps.AtLeast(0).to(ScalarType.Int64).Plus(exact).AtMost(half - 1);
        return where(size.IsLess(exact), size, large).Plus(distances.IsGreater(0).to(ScalarType.Int64).Times(half));
    }

    private Tensor Heads(Tensor tokens) => tokens.unflatten(2, [_config.NumHeads, _config.DKv]).transpose(1, 2);
}
