using System.Globalization;

namespace Afterimage.Models.Tests;

/// <summary>How much more memory of this process an action takes at its peak than there is at its begin, as Linux counts it; for a <see cref="MeasuringProcess"/>.</summary>
internal static class PeakMemory
{
    public static long Of(Action action)
    {
        SettledMemory.Bytes();
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Read("VmRSS:");
        action();
        return Read("VmHWM:") - before;
    }

    private static long Read(string name)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
