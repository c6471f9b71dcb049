using Afterimage.Cli;
using Afterimage.Cli.Bench;

namespace Afterimage.Device.Measuring;

/// <summary>What one run took of the device's memory.</summary>
/// <param name="Cache">The run's cache.</param>
/// <param name="ModelBytes">Taken when the model and its inputs were there.</param>
/// <param name="PeakMemoryBytes">Taken at the end: torch's allocator gives nothing back, so that is the most it needed.</param>
/// <param name="HistoryBytes">What the cache held.</param>
internal sealed record MemoryReport(string Cache, long ModelBytes, long PeakMemoryBytes, long HistoryBytes);

/// <summary>
/// Measures memory in a process of its own for each cache, because torch's allocator keeps what an earlier run needed, and
/// TorchSharp cannot ask it to let go.
/// </summary>
internal static class MemoryMeasurement
{
    public static MemoryReport Run(Place place, Shape shape, CacheChoice cache, int steps)
    {
        var free = place.FreeBytes();
        using var subject = shape.Build(place);
        place.Finish();
        var model = free - place.FreeBytes();
        var run = new DenoisingRun(subject, cache, steps);
        run.Denoise(new Progress<double>(), CancellationToken.None).Dispose();
        place.Finish();
        return new MemoryReport(cache.Name, model, free - place.FreeBytes(), run.HistoryBytes);
    }
}
