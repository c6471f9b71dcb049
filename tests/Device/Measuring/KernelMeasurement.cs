using System.Diagnostics;
using Afterimage.Kernels;
using Afterimage.Kernels.Launch;

namespace Afterimage.Device.Measuring;

/// <summary>One operation at one size.</summary>
/// <param name="Operation">What is computed.</param>
/// <param name="Shape">On tensors of which shape.</param>
/// <param name="Bytes">Read and written.</param>
/// <param name="Microseconds">For one, the median.</param>
/// <param name="CopyMicroseconds">For a copy on the device that reads and writes as many bytes.</param>
/// <param name="CopyShare">The second by the first: the share of a copy's bandwidth.</param>
internal sealed record Bandwidth(string Operation, string Shape, long Bytes, double Microseconds, double CopyMicroseconds, double CopyShare);

/// <summary>The milliseconds until an operation had first returned and was done, kernels loaded on the way.</summary>
/// <param name="Operation">What was computed.</param>
/// <param name="First">The first time in the process.</param>
/// <param name="AfterUnload">The first time after all kernels were unloaded.</param>
/// <param name="Warm">Any later time.</param>
internal sealed record FirstUse(string Operation, double First, double AfterUnload, double Warm);

/// <summary>All about kernels.</summary>
/// <param name="FirstUses">Per operation.</param>
/// <param name="Bandwidths">Per operation and size.</param>
/// <param name="Loads">How often all kernels were loaded and unloaded again; 0 where torch does their work.</param>
/// <param name="BytesLost">How much less memory the device had free after the last unloading than after the first.</param>
internal sealed record KernelReport(IReadOnlyList<FirstUse> FirstUses, IReadOnlyList<Bandwidth> Bandwidths, int Loads, long BytesLost);

/// <summary>Measures kernels, or torch operations where those do their work.</summary>
internal static class KernelMeasurement
{
    private const int Loads = 10;

    public static KernelReport Run(Place place, Shape shape)
    {
        // First, while nothing is loaded.
        var firstUses = CacheOperation.All(shape, place).Select(operation => Use(place, operation)).ToList();
        var bandwidths = BandwidthMeasurement.Run(place, shape);
        return place.IsCuda && !KernelDevices.IsTorchForced
            ? new KernelReport(firstUses, bandwidths, Loads, BytesLost(place))
            : new KernelReport(firstUses, bandwidths, Loads: 0, BytesLost: 0);
    }

    private static FirstUse Use(Place place, CacheOperation operation)
    {
        using var owned = operation;
        var first = Milliseconds(place, operation);
        KernelBackend.Unload();
        return new FirstUse(operation.Name, first, Milliseconds(place, operation), Milliseconds(place, operation));
    }

    private static double Milliseconds(Place place, CacheOperation operation)
    {
        place.Finish();
        var clock = Stopwatch.StartNew();
        operation.Run();
        place.Finish();
        return clock.Elapsed.TotalMilliseconds;
    }

    /// <summary>torch's context stays; a context or a module of ours that stayed too would be missing from the free memory.</summary>
    private static long BytesLost(Place place)
    {
        long afterFirst = 0;
        for (var i = 0; i < Loads; i++)
        {
            if (KernelDevices.Default.Ready(0, [.. Kernel.All]) is null)
                throw new InvalidOperationException(KernelDevices.Default.FailureOf(0));
            KernelBackend.Unload();
            place.Finish();
            if (i == 0)
                afterFirst = place.FreeBytes();
        }
        return afterFirst - place.FreeBytes();
    }
}
