using ILGPU;

namespace Afterimage.Kernels.OnDevice;

/// <summary>One thread, one pack of each kept result; the last view is the oldest, and is written over.</summary>
internal static class CombineKernels
{
    public static void Combine1<TPack, TLanes>(Index1D i, ArrayView<TPack> h0, float c0)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        h0[i] = TPack.Narrow(c0 * TPack.Widen(h0[i]));

    public static void Combine2<TPack, TLanes>(Index1D i, ArrayView<TPack> h0, ArrayView<TPack> h1, float c0, float c1)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        h1[i] = TPack.Narrow(c1 * TPack.Widen(h1[i]) + c0 * TPack.Widen(h0[i]));

    public static void Combine3<TPack, TLanes>(
        Index1D i, ArrayView<TPack> h0, ArrayView<TPack> h1, ArrayView<TPack> h2, float c0, float c1, float c2)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        h2[i] = TPack.Narrow(c2 * TPack.Widen(h2[i]) + c0 * TPack.Widen(h0[i]) + c1 * TPack.Widen(h1[i]));

    public static void Combine4<TPack, TLanes>(
        Index1D i, ArrayView<TPack> h0, ArrayView<TPack> h1, ArrayView<TPack> h2, ArrayView<TPack> h3,
        float c0, float c1, float c2, float c3)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        h3[i] = TPack.Narrow(
            c3 * TPack.Widen(h3[i]) + c0 * TPack.Widen(h0[i]) + c1 * TPack.Widen(h1[i]) + c2 * TPack.Widen(h2[i]));

    /// <summary>h0 + w·(h0 − h1): what two coefficients are that sum to 1, with no cancellation between large products.</summary>
    public static void Extrapolate<TPack, TLanes>(Index1D i, ArrayView<TPack> h0, ArrayView<TPack> h1, float w)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var newest = TPack.Widen(h0[i]);
        h1[i] = TPack.Narrow(newest + w * (newest - TPack.Widen(h1[i])));
    }
}
