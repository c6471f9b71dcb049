using System.Diagnostics;
using System.Text.RegularExpressions;
using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using ILGPU.Runtime.Cuda;
using TorchSharp;

namespace Afterimage.Kernels;

/// <summary>
/// What does the arithmetic of caching: kernels compiled by ILGPU for tensors on CUDA, torch operations for all others. The
/// environment variable <c>AFTERIMAGE_KERNELS=torch</c> asks for torch operations everywhere. Where kernels do not run, for want
/// of a driver or for another reason, one warning goes to <see cref="Trace"/> and torch operations take their place.
/// </summary>
public static partial class KernelBackend
{
    /// <summary>Says where operations on the tensors of a CUDA device run, and why if it is not in kernels. Opens the device.</summary>
    /// <param name="deviceIndex">The device's number, as in <c>cuda:0</c>.</param>
    public static string Describe(int deviceIndex = 0)
    {
        if (KernelDevices.IsTorchForced)
            return "torch operations, as AFTERIMAGE_KERNELS=torch asks";
        if (!torch.cuda.is_available())
            return "torch operations: this libtorch finds no CUDA device";
        return KernelDevices.Default.Ready(deviceIndex) is { } device
            ? $"ILGPU kernels on {device.Name} (sm_{device.Architecture.Major}{device.Architecture.Minor}), in torch's context and stream"
            : $"torch operations: {KernelDevices.Default.FailureOf(deviceIndex)}";
    }

    /// <summary>Compiles every kernel, which takes no GPU.</summary>
    /// <param name="architecture">Such as <c>sm_90</c>.</param>
    /// <param name="deviceIndex">A CUDA device to ask for registers, or <see langword="null"/>.</param>
    /// <exception cref="ArgumentException">The architecture's name is not of that form.</exception>
    /// <exception cref="NotSupportedException">The architecture is older than kernels can do.</exception>
    public static IEnumerable<CompiledKernel> Compile(string architecture, int? deviceIndex = null)
    {
        var match = ArchitectureName().Match(architecture);
        if (!match.Success)
            throw new ArgumentException($"Expected an architecture such as sm_80 or sm_90, got '{architecture}'.", nameof(architecture));
        var parsed = new CudaArchitecture(int.Parse(match.Groups[1].ValueSpan), int.Parse(match.Groups[2].ValueSpan));
        return Compile(parsed, deviceIndex);
    }

    /// <summary>
    /// Unloads all kernels and gives CUDA's contexts back; the next operation loads anew. No cached model may be in the middle of
    /// a forward.
    /// </summary>
    public static void Unload() => KernelDevices.Default.Dispose();

    private static IEnumerable<CompiledKernel> Compile(CudaArchitecture architecture, int? deviceIndex)
    {
        foreach (var kernel in Kernel.All)
        {
            var clock = Stopwatch.StartNew();
            var ptx = PtxCompiler.Compile(kernel, architecture);
            var device = deviceIndex is { } index ? KernelDevices.Default.Ready(index, kernel) : null;
            yield return new CompiledKernel(kernel.Name, ptx, clock.Elapsed, device?.RegistersOf(kernel));
        }
    }

    [GeneratedRegex(@"^sm_(\d{1,2})(\d)$", RegexOptions.CultureInvariant)]
    private static partial Regex ArchitectureName();
}
