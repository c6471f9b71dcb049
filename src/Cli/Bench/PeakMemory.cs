using System.Diagnostics;
using System.Globalization;

namespace Afterimage.Cli.Bench;

/// <summary>The most resident memory of this process since the last reset (on Linux), or since its start (elsewhere).</summary>
internal static class PeakMemory
{
    /// <summary>Begins anew. Linux alone can; see proc_pid_clear_refs(5).</summary>
    public static void Reset()
    {
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    /// <summary>In bytes.</summary>
    public static long Read()
    {
        if (!OperatingSystem.IsLinux())
            return Process.GetCurrentProcess().PeakWorkingSet64;
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
