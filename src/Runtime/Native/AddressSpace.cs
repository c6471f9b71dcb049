namespace Afterimage.Native;

/// <summary>Whether a process may have enough addresses (<c>ulimit -v</c>). Short of them, libtorch and .NET fail anywhere, and .NET by aborting.</summary>
internal static class AddressSpace
{
    // Libraries, the stacks of threads, and the heap that .NET reserves. Below it, either of the three may end the process without a word.
    private const double Least = 8L << 30;

    /// <summary>Refuses a process that may not.</summary>
    /// <exception cref="InsufficientMemoryException">It may have too few.</exception>
    public static void Check()
    {
        if (MachineMemory.AddressSpace is { } limit && limit < Least && !MemoryEstimate.IsIgnored)
        {
            throw new InsufficientMemoryException(
                $"This process may have an address space of {MemoryEstimate.Text(limit)}, and libtorch with .NET needs {MemoryEstimate.Text(Least)}: raise the limit (ulimit -v).");
        }
    }
}
