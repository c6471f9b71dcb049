using ILGPU;

namespace Afterimage.Kernels.OnDevice;

/// <summary>Guidance and its rebuilding; float32 but for what the model returned.</summary>
internal static class GuidanceKernels
{
    /// <summary>The unconditional half, rebuilt, and the conditional one as it is: both halves of a batch.</summary>
    public static void Blend<TPack, TLanes>(
        Index1D i, ArrayView<TPack> conditional, ArrayView<TLanes> low, ArrayView<TLanes> high,
        float lowWeight, float highWeight, ArrayView<TPack> first, ArrayView<TPack> second)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var given = conditional[i];
        first[i] = TPack.Narrow(TPack.Widen(given) + lowWeight * low[i] + highWeight * high[i]);
        second[i] = given;
    }

    /// <summary>The unconditional half with guidance after it: the weights hold the factor 1 − scale.</summary>
    public static void BlendGuided<TPack, TLanes>(
        Index1D i, ArrayView<TPack> conditional, ArrayView<TLanes> low, ArrayView<TLanes> high,
        float lowWeight, float highWeight, ArrayView<TLanes> guided)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        guided[i] = TPack.Widen(conditional[i]) + lowWeight * low[i] + highWeight * high[i];

    /// <summary>Guidance of two computed halves.</summary>
    public static void Guide<TPack, TLanes>(
        Index1D i, ArrayView<TPack> unconditional, ArrayView<TPack> conditional, float scale, ArrayView<TLanes> guided)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var from = TPack.Widen(unconditional[i]);
        guided[i] = from + scale * (TPack.Widen(conditional[i]) - from);
    }
}
