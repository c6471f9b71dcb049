using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Afterimage.Cli;

/// <summary>The most resident memory of this process since the last reset (on Linux), or since its start (elsewhere).</summary>
internal static partial class PeakMemory
{
    /// <summary>Begins anew, with what is free given back to the system. Linux alone can; see proc_pid_clear_refs(5).</summary>
    public static void Reset()
    {
        if (!OperatingSystem.IsLinux())
            return;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Trim(0);
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

    // glibc keeps freed memory for itself, and the next run would seem to need what the last one did.
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
