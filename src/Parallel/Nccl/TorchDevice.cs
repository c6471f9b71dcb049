using System.Runtime.InteropServices;

namespace Afterimage.Parallel.Nccl;

/// <summary>Makes a CUDA device this thread's current one until it is disposed of, through libtorch's stable C interface (<c>torch/csrc/inductor/aoti_torch/c/shim.h</c>).</summary>
internal sealed partial class TorchDevice : IDisposable
{
    private const string Torch = "libtorch_cuda.so"; // in the process already, so no path is needed

    private readonly nint _guard;

    /// <param name="ordinal">The device's number.</param>
    /// <exception cref="InvalidOperationException">libtorch refuses it; it said why on the standard error stream.</exception>
    public TorchDevice(int ordinal)
    {
        if (Enter(ordinal, out _guard) != 0)
            throw new InvalidOperationException($"libtorch could not change to CUDA device {ordinal}; its reason is on the standard error stream.");
    }

    /// <inheritdoc/>
    public void Dispose() => _ = Leave(_guard); // only goes back to the device before, and frees what was allocated

    [LibraryImport(Torch, EntryPoint = "aoti_torch_create_cuda_guard")]
    private static partial int Enter(int ordinal, out nint guard);

    [LibraryImport(Torch, EntryPoint = "aoti_torch_delete_cuda_guard")]
    private static partial int Leave(nint guard);
}
