using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Self-attention among the points of a picture, of one head, after a group norm, with a residual. Source: diffusers
/// <c>models/attention_processor.py</c>, <c>Attention</c> as autoencoders build it.
/// </summary>
internal sealed class PictureAttention : Module<Tensor, Tensor>, IMeasured
{
    /// <summary>Input, points, queries, keys, values, what is made of them, and a copy of the points for a linear layer.</summary>
    private const int InputsAtOnce = 7;

    private readonly GroupNormalization group_norm;
    private readonly LinearLayer to_q;
    private readonly LinearLayer to_k;
    private readonly LinearLayer to_v;
    private readonly ScaledDotProductAttention sdpa = new();
    private readonly ModuleList<LinearLayer> to_out;

    public PictureAttention(long channels, long groups, Device? device, ScalarType? dtype)
        : base(nameof(PictureAttention))
    {
        group_norm = new GroupNormalization(groups, channels, 1e-6, device, dtype);
        to_q = Dense.Linear(channels, channels, device: device, dtype: dtype);
        to_k = Dense.Linear(channels, channels, device: device, dtype: dtype);
        to_v = Dense.Linear(channels, channels, device: device, dtype: dtype);
        to_out = [Dense.Linear(channels, channels, device: device, dtype: dtype)];
        RegisterComponents();
    }

    /// <summary>[batch, channels, height, width] to the same. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        using var attended = group_norm.call(input)
            .Then(normalized => normalized.flatten(2))
            .Then(channels => channels.transpose(1, 2))
            .Then(Attend)
            .Then(to_out[0].call);
        using var points = attended.transpose(1, 2);
        return points.unflatten(2, [input.size(2), input.size(3)]).Then(picture => picture.Plus(input));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => new(input, InputsAtOnce * input.Bytes);

    /// <summary>[batch, points, channels] to the same.</summary>
    private Tensor Attend(Tensor points)
    {
        using var query = to_q.call(points).Then(each => each.unsqueeze(1));
        using var key = to_k.call(points).Then(each => each.unsqueeze(1));
        using var value = to_v.call(points).Then(each => each.unsqueeze(1));
        return sdpa.call(query, key, value, null).Then(heads => heads.squeeze(1));
    }
}
