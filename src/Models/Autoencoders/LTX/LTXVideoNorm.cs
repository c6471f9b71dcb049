using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// A norm over the channels that divides by the root of the mean square, in float32 for half types, without weights. Source: diffusers
/// <c>models/normalization.py</c>, <c>RMSNorm</c>, as <c>models/autoencoders/autoencoder_kl_ltx.py</c> uses it.
/// </summary>
internal static class LTXVideoNorm
{
    private const double Epsilon = 1e-8;

    /// <summary>[batch, channels, frames, height, width], normalised. The caller owns the result.</summary>
    public static Tensor Apply(Tensor hidden)
    {
        using var factor = hidden.to(Precision.AtLeastSingle(hidden.dtype))
            .Then(wide => wide.Squared())
            .Then(squares => squares.mean([1], keepdim: true))
            .Then(mean => mean.Plus(Epsilon))
            .Then(mean => mean.rsqrt());
        return (hidden * factor).Then(normalized => normalized.to(hidden.dtype));
    }

    /// <summary>What <see cref="Apply"/> holds: the squares, and for half types what was squared.</summary>
    public static Footprint Measure(Extent hidden)
    {
        var wide = hidden.InSingle;
        return new(hidden, hidden.Bytes + (wide == hidden ? 1 : 2) * wide.Bytes);
    }

    /// <summary>hidden·(1 + scale) + shift, both [batch, channels]. The caller owns the result.</summary>
    public static Tensor Modulate(Tensor hidden, Tensor scale, Tensor shift)
    {
        using var scope = NewDisposeScope();
        long[] shape = [scale.size(0), scale.size(1), 1, 1, 1];
        return Fused.Modulate(hidden, scale.view(shape), shift.view(shape)).MoveToOuterDisposeScope();
    }
}
