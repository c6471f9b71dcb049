using System.Runtime.InteropServices;

namespace Afterimage.Device;

/// <summary>
/// The memory of the current CUDA device. TorchSharp has no figure of its allocator's; what the driver has given away is the same
/// for .NET and for Python.
/// </summary>
internal static partial class CudaMemory
{
    /// <summary>In bytes; the calling thread must have done work on the device.</summary>
    public static long FreeBytes()
    {
        var result = GetInfo(out var free, out _);
        return result == 0 ? (long)free : throw new InvalidOperationException($"The CUDA driver does not tell its free memory ({result}).");
    }

    [LibraryImport("libcuda.so.1", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int GetInfo(out nuint free, out nuint total);
}
