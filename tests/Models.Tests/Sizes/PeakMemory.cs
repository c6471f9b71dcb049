using System.Globalization;
using System.Runtime.InteropServices;

namespace Afterimage.Models.Tests;

/// <summary>How much more memory of this process an action takes at its peak than there is at its begin, as Linux counts it: libtorch's own with it.</summary>
internal static partial class PeakMemory
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int Threshold = 1 << 17;

    public static long Of(Action action)
    {
        // So that glibc gives back what is freed, and does not keep it for what is next.
        _ = Set(MapThreshold, Threshold);
        _ = Set(TrimThreshold, Threshold);
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

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Set(int parameter, int value);
}
