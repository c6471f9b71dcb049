using System.Globalization;

namespace Afterimage.Native;

/// <summary>How many addresses the system lets this process have (<c>ulimit -v</c>). Short of them, libtorch and .NET fail anywhere, and .NET by aborting.</summary>
internal static class AddressSpace
{
    // .NET reserves half of what it is given for its heap; tried with 3 and 4 million KiB.
    private const double LeastGiB = 4;

    /// <summary>Refuses a process that has too few.</summary>
    /// <exception cref="InsufficientMemoryException">It has.</exception>
    public static void Check()
    {
        const string limits = "/proc/self/limits";
        if (!OperatingSystem.IsLinux() || !File.Exists(limits))
            return;
        var line = File.ReadLines(limits).FirstOrDefault(line => line.StartsWith("Max address space", StringComparison.Ordinal));
        // Its soft limit is the fourth word, a number or 'unlimited'.
        if (line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, var soft, ..]
            && long.TryParse(soft, CultureInfo.InvariantCulture, out var bytes) && bytes < LeastGiB * (1 << 30))
        {
            throw new InsufficientMemoryException(string.Create(
                CultureInfo.InvariantCulture,
                $"This process may have {bytes / (double)(1 << 30):F1} GiB of addresses, and libtorch with .NET needs {LeastGiB}: raise the limit ('ulimit -v')."));
        }
    }
}
