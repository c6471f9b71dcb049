using System.Runtime.InteropServices;

namespace Afterimage.Models.Tests;

/// <summary>
/// The process's resident memory once .NET's heap is compacted and the C library has given back what nothing uses: without that it says when
/// they last did so, not what is kept.
/// </summary>
internal static partial class SettledMemory
{
    public static long Bytes()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
            _ = Trim(0);
        return Environment.WorkingSet;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
