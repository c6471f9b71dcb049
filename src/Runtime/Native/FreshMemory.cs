using System.Runtime.InteropServices;
using Afterimage.Kernels.Launch;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Native;

/// <summary>
/// Gets memory from Linux for large tensors that will be written for the first time, in pages of 2 MiB where it can and many at a time: half of the
/// time of filling fresh memory goes to getting it page by page. Hints, which other systems have no use for and which the system may decline.
/// </summary>
internal static partial class FreshMemory
{
    /// <summary>Smaller tensors lie among other things on the heap.</summary>
    private const long Least = 1 << 20;

    private const int HugePages = 14; // MADV_HUGEPAGE
    private const int PopulateWrite = 23; // MADV_POPULATE_WRITE

    /// <summary>Asks for large pages under a tensor, before anything of it is written. Neighbours share a page, so ask for all before the first is written.</summary>
    /// <param name="tensor">A contiguous tensor; all but those in the host's memory are passed over.</param>
    public static void AskForHugePages(Tensor tensor) => Advise(tensor, HugePages);

    /// <summary>Gets the memory of a tensor, or of a part of one, at once. What lies there stays.</summary>
    /// <inheritdoc cref="AskForHugePages" path="/param"/>
    public static void Populate(Tensor tensor) => Advise(tensor, PopulateWrite);

    private static void Advise(Tensor tensor, int advice)
    {
        var length = TensorMemory.BytesOf(tensor);
        if (!OperatingSystem.IsLinux() || length < Least || tensor.device_type != DeviceType.CPU)
            return;
        var address = TensorMemory.AddressOf(tensor);
        var start = address / Environment.SystemPageSize * Environment.SystemPageSize;
        Advise(start, (nuint)(address + length - start), advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
