using System.Globalization;

namespace Afterimage;

/// <summary>The memory that this process may have at most.</summary>
internal static class MachineMemory
{
    // Kernels write "no limit" as a number, or as a word.
    private const double NoLimit = 1L << 60;

    /// <summary>The most address space in bytes, or null where there is no limit. Read before the total, which it bounds.</summary>
    public static double? AddressSpace { get; } = Limit("/proc/self/limits", "Max address space", 1);

    /// <summary>
    /// In bytes: what the machine has and can swap, or less where a container (cgroup) or <c>ulimit -v</c> says so. What is free now does
    /// not matter. On systems other than Linux, what .NET's collector takes for the machine's.
    /// </summary>
    public static double Total { get; } = OperatingSystem.IsLinux() ? OfLinux() : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    private static double OfLinux()
    {
        const int KiB = 1024;
        const string Machine = "/proc/meminfo";
        var swap = Limit(Machine, "SwapTotal:", KiB) ?? 0;
        var machine = Limit(Machine, "MemTotal:", KiB) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        // A container's limit is of memory without swap in version 2.
        var container = Limit("/sys/fs/cgroup/memory.max", "", 1) ?? Limit("/sys/fs/cgroup/memory/memory.limit_in_bytes", "", 1) ?? NoLimit;
        return Math.Min(Math.Min(machine, container) + swap, AddressSpace ?? NoLimit);
    }

    /// <summary>The first number after a name in a file of the system; null where there is none, or no limit.</summary>
    private static double? Limit(string path, string name, int unit)
    {
        if (!File.Exists(path))
            return null;
        var text = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value * unit < NoLimit ? value * unit : null;
    }
}
