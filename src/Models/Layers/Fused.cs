using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Element-wise combinations that torch does in one pass over memory.</summary>
internal static class Fused
{
    private const double LargestHalf = 65504;

    /// <summary>normalized·(1 + scale) + shift.</summary>
    [NoSideEffects]
    public static Tensor Modulate(Tensor normalized, Tensor scale, Tensor shift)
    {
        using var factor = scale.Plus(1);
        return shift.PlusProduct(normalized, factor);
    }

    /// <summary>residual + gate·branch, in the widest of their types, then in that of residual.</summary>
    [NoSideEffects]
    public static Tensor GatedSum(Tensor residual, Tensor gate, Tensor branch)
    {
        var sum = residual.PlusProduct(gate, branch);
        if (sum.dtype == residual.dtype)
            return sum;
        using (sum)
            return sum.to(residual.dtype);
    }

    /// <summary>Keeps sums in float16 finite; other types pass.</summary>
    [NoSideEffects]
    public static Tensor WithinHalf(Tensor sum) =>
        sum.dtype == ScalarType.Float16 ? sum.Clamped(-LargestHalf, LargestHalf) : sum;
}
