using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>The library that tensors are made with, which no package of ours brings.</summary>
internal static class LibTorch
{
    // Libraries, the stacks of threads, and the heap that .NET reserves. Below it, either of the three may end the process without a word.
    private const double LeastAddressSpace = 8L << 30;

    /// <summary>Loads it, so that its absence is one error with a remedy.</summary>
    /// <exception cref="InsufficientMemoryException">There is too little address space.</exception>
    /// <exception cref="NotSupportedException">It is not here, or does not load.</exception>
    public static void Load()
    {
        if (MachineMemory.AddressSpace is { } space && space < LeastAddressSpace && !MemoryEstimate.IsIgnored)
        {
            throw new InsufficientMemoryException(
                $"The address space of this process is limited to {MemoryEstimate.Text(space)}, and {MemoryEstimate.Text(LeastAddressSpace)} are needed: raise the limit (ulimit -v).");
        }

        var output = Console.Out;
        // TorchSharp prints a page about where it looked.
        Console.SetOut(TextWriter.Null);
        try
        {
            empty(1).Dispose();
        }
        catch (Exception exception) when (ErrorText.Cause(exception) is NotSupportedException or DllNotFoundException or BadImageFormatException)
        {
            throw new NotSupportedException($"libtorch {Reason()}", exception);
        }
        finally
        {
            Console.SetOut(output);
        }
    }

    private static string Reason() => MachineMemory.AddressSpace is { } limit
        ? $"cannot be loaded into an address space of {MemoryEstimate.Text(limit)}: raise the limit (ulimit -v)."
        : $"is not here: add the package TorchSharp-cpu, TorchSharp-cuda-linux, TorchSharp-cuda-windows or libtorch-cpu-{RuntimeInformation.RuntimeIdentifier} of the version that TorchSharp asks for.";
}
