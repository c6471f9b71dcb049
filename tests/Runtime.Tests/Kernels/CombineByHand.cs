using Afterimage.Kernels.OnDevice;
using ILGPU;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Combinations of one to four values, written out: in which order terms are added, and where they are rounded.</summary>
internal static class CombineByHand
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
        Index1D i, ArrayView<TPack> h0, ArrayView<TPack> h1, ArrayView<TPack> h2, ArrayView<TPack> h3, float c0, float c1, float c2, float c3)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes> =>
        h3[i] = TPack.Narrow(
            c3 * TPack.Widen(h3[i]) + c0 * TPack.Widen(h0[i]) + c1 * TPack.Widen(h1[i]) + c2 * TPack.Widen(h2[i]));
}
