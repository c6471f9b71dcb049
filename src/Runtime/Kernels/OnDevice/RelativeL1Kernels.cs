using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Algorithms.ScanReduceOperations;

namespace Afterimage.Kernels.OnDevice;

/// <summary>Two reductions in two passes of one-warp groups: no atomic addition, so that the sums repeat to the last bit.</summary>
internal static class RelativeL1Kernels
{
    /// <summary>Per group the sums of |value − reference| and of |reference|.</summary>
    public static void Sums<TPack, TLanes>(ArrayView<TPack> value, ArrayView<TPack> reference, ArrayView<float> sums)
        where TPack : unmanaged, IPack<TPack, TLanes>
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var (distance, magnitude) = (0f, 0f);
        for (long i = Grid.GlobalIndex.X; i < value.Length; i += GridExtensions.GridStrideLoopStride)
        {
            var expected = TPack.Widen(reference[i]);
            distance += TLanes.SumOfMagnitudes(TPack.Widen(value[i]) - expected);
            magnitude += TLanes.SumOfMagnitudes(expected);
        }
        distance = WarpExtensions.Reduce<float, AddFloat>(distance);
        magnitude = WarpExtensions.Reduce<float, AddFloat>(magnitude);
        if (Warp.IsFirstLane)
        {
            sums[2 * Grid.IdxX] = distance;
            sums[2 * Grid.IdxX + 1] = magnitude;
        }
    }

    /// <summary>By one group: the quotient of all sums.</summary>
    public static void Quotient(ArrayView<float> sums, ArrayView<float> quotient)
    {
        var (distance, magnitude) = (0f, 0f);
        for (long i = Grid.GlobalIndex.X; 2 * i < sums.Length; i += GridExtensions.GridStrideLoopStride)
        {
            distance += sums[2 * i];
            magnitude += sums[2 * i + 1];
        }
        distance = WarpExtensions.Reduce<float, AddFloat>(distance);
        magnitude = WarpExtensions.Reduce<float, AddFloat>(magnitude);
        if (Warp.IsFirstLane)
            quotient[0] = distance / magnitude;
    }
}
