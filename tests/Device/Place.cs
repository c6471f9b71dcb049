using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device;

/// <summary>The device that is measured.</summary>
/// <param name="Torch">As torch knows it.</param>
internal sealed record Place(torch.Device Torch)
{
    /// <summary>Whether it is a GPU.</summary>
    public bool IsCuda => Torch.type == DeviceType.CUDA;

    /// <summary>Who does the arithmetic of caching there.</summary>
    public string Backend => IsCuda ? KernelBackend.Describe() : "torch operations, as on every CPU";

    /// <summary>Loads torch and opens the device.</summary>
    /// <exception cref="InvalidOperationException">There is no such device.</exception>
    public static Place Open(string name)
    {
        if (name == "cuda")
        {
            if (!cuda.is_available())
                throw new InvalidOperationException(
                    "libtorch finds no CUDA device. Is there a driver, and is the libtorch on LD_LIBRARY_PATH one that was built for CUDA?");
            // The primary context, in which free memory can be asked for.
            zeros(1, device: CUDA).Dispose();
        }
        return new Place(name == "cuda" ? CUDA : CPU);
    }

    /// <summary>Waits until the device has done all its work.</summary>
    public void Finish()
    {
        if (IsCuda)
            cuda.synchronize();
    }

    /// <summary>The memory of the device that no process has; of the CPU, what this process has not.</summary>
    public long FreeBytes() => IsCuda ? CudaMemory.FreeBytes() : -Environment.WorkingSet;
}
