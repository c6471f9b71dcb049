using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Element-wise combinations that torch does in one pass over memory.</summary>
internal static class Fused
{
    private static readonly TorchSharp.Scalar One = 1;

    /// <summary>normalized·(1 + scale) + shift.</summary>
    [NoSideEffects]
    public static Tensor Modulate(Tensor normalized, Tensor scale, Tensor shift)
    {
        using var factor = scale + 1;
        return addcmul(shift, normalized, factor, One);
    }

    /// <summary>residual + gate·branch.</summary>
    [NoSideEffects]
    public static Tensor GatedSum(Tensor residual, Tensor gate, Tensor branch) => addcmul(residual, gate, branch, One);
}
