using Afterimage.Kernels.Launch;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>The places where a kernel's one test body runs.</summary>
internal static class Accelerators
{
    private static readonly Lazy<CpuLauncher> s_cpu = new();

    /// <summary>ILGPU's CPU accelerator, and CUDA.</summary>
    public static IEnumerable<DeviceType> All => [DeviceType.CPU, DeviceType.CUDA];

    /// <summary>All of them, with every dtype that kernels know.</summary>
    public static IEnumerable<(DeviceType, ScalarType)> WithDtypes =>
        from device in All
        from dtype in new[] { ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16 }
        select (device, dtype);

    /// <summary>What launches there. Without a CUDA device the test is skipped.</summary>
    public static KernelLauncher Launcher(DeviceType device)
    {
        if (device == DeviceType.CPU)
            return s_cpu.Value;
        if (!cuda.is_available())
            Assert.Inconclusive("There is no CUDA device: libtorch says that CUDA is not available.");
        return KernelDevices.Default.Ready(0, [.. Kernel.All]) ?? throw new AssertFailedException(KernelDevices.Default.FailureOf(0)!);
    }
}
