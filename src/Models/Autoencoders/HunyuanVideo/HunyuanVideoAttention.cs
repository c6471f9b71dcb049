using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention of one head over all places of all frames, of which each frame sees those up to itself. diffusers masks the others; here they are left out. Sources:
/// diffusers <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c> (<c>prepare_causal_attention_mask</c>) and <c>models/attention_processor.py</c> (Attention,
/// AttnProcessor2_0).
/// </summary>
internal sealed class HunyuanVideoAttention : Module<Tensor, Tensor>, IMeasured
{
    /// <summary>Input, norm, queries, keys, values, what was seen, the same joined, projected and in the order of the input, and the sum.</summary>
    private const int InputsAtOnce = 10;

    private readonly GroupNormalization group_norm;
    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly ModuleList<LinearLayer> to_out;
    private readonly ScaledDotProductAttention sdpa = new();

    public HunyuanVideoAttention(long channels, long groups, Device? device, ScalarType? dtype)
        : base(nameof(HunyuanVideoAttention))
    {
        group_norm = new GroupNormalization(groups, channels, HunyuanVideoResnetBlockCausal3D.Epsilon, device, dtype);
        to_q = Dense.Linear(channels, channels, true, device, dtype);
        to_k = Dense.Linear(channels, channels, true, device, dtype);
        to_v = Dense.Linear(channels, channels, true, device, dtype);
        to_out = [Dense.Linear(channels, channels, true, device, dtype)];
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width], with what was seen added. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var places = input.size(3) * input.size(4);
        var tokens = group_norm.call(input.flatten(2)).transpose(1, 2); // [B, S, C]
        var (query, key, value) = (OneHead(to_q, tokens), OneHead(to_k, tokens), OneHead(to_v, tokens));
        var seen = new List<Tensor>();
        for (long start = 0; start < tokens.size(1); start += places)
        {
            using var frame = NewDisposeScope();
            var end = start + places;
            seen.Add(sdpa.call(query.narrow(2, start, places), key.narrow(2, 0, end), value.narrow(2, 0, end), null).MoveToOuterDisposeScope());
        }
        var output = to_out[0].call(cat(seen, 2).squeeze(1)).transpose(1, 2); // [B, C, S]
        return output.unflatten(2, input.shape[2..]).Plus(input).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => new(input, InputsAtOnce * input.Bytes);

    private static Tensor OneHead(LinearLayer projection, Tensor tokens) => projection.call(tokens).unsqueeze(1); // [B, 1, S, C]
}
