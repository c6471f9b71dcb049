using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// Rebuilds the unconditional half of guidance from the conditional one (FasterCache, arXiv 2410.19355, equations 9 to 11;
/// diffusers <c>hooks/faster_cache.py</c>, <c>FasterCacheDenoiserHook</c>).
/// </summary>
internal static class FrequencyBlend
{
    /// <summary>
    /// Returns conditional + <paramref name="lowWeight"/>·low + <paramref name="highWeight"/>·high in the dtype of
    /// <paramref name="conditional"/>, computed in float32. The caller owns the result.
    /// </summary>
    public static Tensor Unconditional(Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight)
    {
        var blended = conditional.add(low, lowWeight); // float32 by promotion where the model runs in half precision
        blended.add_(high, highWeight);
        if (blended.dtype == conditional.dtype)
            return blended;
        using (blended)
            return blended.to(conditional.dtype);
    }
}
