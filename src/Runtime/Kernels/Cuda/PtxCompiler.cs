using System.Text.RegularExpressions;
using Afterimage.Kernels.Launch;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using KernelSpecialization = ILGPU.Runtime.KernelSpecialization;

namespace Afterimage.Kernels.Cuda;

/// <summary>Compiles a kernel to PTX, with ILGPU and without a GPU. The same kernel gives the same text every time.</summary>
internal static partial class PtxCompiler
{
    /// <summary>What every driver of CUDA 11 and later reads.</summary>
    private static readonly CudaInstructionSet s_instructionSet = CudaInstructionSet.ISA_70;

    /// <summary>Of Pascal; no libtorch of today runs on anything older.</summary>
    private static readonly CudaArchitecture s_oldest = CudaArchitecture.SM_60;

    /// <summary>Compiles for an architecture such as 8.0, and those after it.</summary>
    /// <exception cref="NotSupportedException">The architecture is too old.</exception>
    public static string Compile(Kernel kernel, CudaArchitecture architecture)
    {
        if (architecture < s_oldest)
            throw new NotSupportedException($"Kernels need compute capability {s_oldest.Major}.{s_oldest.Minor} or later, and this is {architecture.Major}.{architecture.Minor}.");
        using var context = Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));
        using var backend = new PTXBackend(context, new CudaCapabilityContext(architecture), architecture, s_instructionSet, null);
        var entry = kernel.IsIndexed
            ? EntryPointDescription.FromImplicitlyGroupedKernel(kernel.Method)
            : EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method);
        return Renumbered(((PTXCompiledKernel)backend.Compile(entry, KernelSpecialization.Empty)).PTXAssembly);
    }

    /// <summary>
    /// The names of parameters and labels hold counters of the whole process; they are counted anew in each kernel.
    /// </summary>
    private static string Renumbered(string ptx)
    {
        var numbers = new Dictionary<string, int>();
        return Counted().Replace(ptx.ReplaceLineEndings("\n"), match =>
        {
            if (!numbers.TryGetValue(match.Value, out var number))
                numbers[match.Value] = number = numbers.Count;
            return $"{match.Groups["name"].Value}_{number}";
        });
    }

    [GeneratedRegex(@"(?<name>\bL|\b_\w+)_\d+\b", RegexOptions.CultureInvariant)]
    private static partial Regex Counted();
}
