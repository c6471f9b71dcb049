using System.Reflection;
using Afterimage.Kernels.Launch;
using ILGPU.Runtime.Cuda;

namespace Afterimage.Kernels.Cuda;

/// <summary>
/// The kernels' PTX as this library ships it, so that a first use waits for the driver's compiler only and not for ILGPU's. A
/// test compiles every kernel anew and compares.
/// </summary>
internal static class RecordedPtx
{
    /// <summary>The architecture that was recorded; the driver compiles its PTX for every later one.</summary>
    public static readonly CudaArchitecture Architecture = CudaArchitecture.SM_80;

    /// <summary>The text, or <see langword="null"/> where the kernel has to be compiled for an older architecture.</summary>
    public static string? Find(Kernel kernel, CudaArchitecture architecture)
    {
        if (architecture < Architecture)
            return null;
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Afterimage.Kernels.{kernel.Name}.ptx");
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
