using ILGPU;
using ILGPU.Util;

namespace Afterimage.Kernels.OnDevice;

/// <summary>One thread, one pack of each kept result.</summary>
internal static class CombineKernels
{
    /// <summary>Σ weight · value over some values of a ring: the oldest of them first, then from the newest on, which is the same for all threads.</summary>
    /// <param name="i">The pack.</param>
    /// <param name="ring">All values of the ring, one behind the other.</param>
    /// <param name="stride">From one value to the next.</param>
    /// <param name="count">Values in the ring.</param>
    /// <param name="oldest">The place of the oldest that is read.</param>
    /// <param name="newest">The place of the newest.</param>
    /// <param name="weights">As many as values are read, in the order of reading.</param>
    /// <param name="result">May be one of the values.</param>
    public static void Combine<TPack, TLanes>(
        Index1D i, ArrayView<TPack> ring, long stride, int count, int oldest, int newest, ArrayView<float> weights, ArrayView<TPack> result)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var sum = weights[0] * TPack.Widen(ring[oldest * stride + i]);
        var place = newest;
        for (var term = 1; term < weights.Length; term++)
        {
            sum += weights[term] * TPack.Widen(ring[place * stride + i]);
            place = Utilities.Select(place == 0, count - 1, place - 1);
        }
        result[i] = TPack.Narrow(sum);
    }

    /// <summary>newest + w·(newest − before): what two weights are that sum to 1, with no cancellation between large products.</summary>
    public static void Extrapolate<TPack, TLanes>(Index1D i, ArrayView<TPack> newest, ArrayView<TPack> before, float w, ArrayView<TPack> result)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var value = TPack.Widen(newest[i]);
        result[i] = TPack.Narrow(value + w * (value - TPack.Widen(before[i])));
    }
}
