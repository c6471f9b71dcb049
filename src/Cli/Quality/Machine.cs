using System.Runtime.InteropServices;
using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Quality;

/// <summary>What figures were measured on, for people: a processor, and versions.</summary>
internal static class Machine
{
    private const string ProcessorKey = "model name";

    public static string Of(DeviceType device) =>
        $"On {(device == DeviceType.CUDA ? KernelBackend.Describe() : Processor())}; {RuntimeInformation.OSDescription}, "
        + $"{RuntimeInformation.FrameworkDescription}, TorchSharp {Version(typeof(torch))}, Afterimage {Version(typeof(CachePlan))}.";

    private static string Processor() =>
        $"{ProcessorName() ?? $"a processor ({RuntimeInformation.ProcessArchitecture})"}, {get_num_threads()} threads on {Environment.ProcessorCount} processors";

    /// <summary>Linux alone has a file for it.</summary>
    private static string? ProcessorName()
    {
        const string Path = "/proc/cpuinfo";
        return !File.Exists(Path) ? null : File.ReadLines(Path)
            .FirstOrDefault(line => line.StartsWith(ProcessorKey, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();
    }

    private static string Version(Type type) => type.Assembly.GetName().Version!.ToString(3);
}
