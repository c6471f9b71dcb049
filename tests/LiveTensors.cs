using static TorchSharp.torch;

namespace Afterimage.Tests;

/// <summary>Where a leak test begins to count.</summary>
internal static class LiveTensors
{
    /// <summary>
    /// The live tensors, without those that earlier tests left to the collector: it would free them in the middle of the count.
    /// What the tested code leaves is counted with <see cref="Tensor.TotalCount"/>, collected or not.
    /// </summary>
    public static long CountAtStart()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Tensor.TotalCount;
    }
}
