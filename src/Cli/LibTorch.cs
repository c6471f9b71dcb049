using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>The library that tensors are made with, which no package of ours brings.</summary>
internal static class LibTorch
{
    /// <summary>Loads it, so that its absence is one error with a remedy.</summary>
    /// <exception cref="NotSupportedException">It is not here, or does not load.</exception>
    public static void Load()
    {
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
