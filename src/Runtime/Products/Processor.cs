using System.Runtime.Intrinsics.X86;
using Afterimage.Kernels.Launch;

namespace Afterimage;

/// <summary>What this computer's processor is better at than libtorch takes it for.</summary>
internal static class Processor
{
    private const int GenuineIntel = 0x756E6547; // the first four letters, as CPUID gives them

    // MKL, which multiplies for libtorch, has AVX-512 for Intel's processors alone.
    private static readonly bool s_hasMoreThanMkl = Avx512BW.IsSupported && X86Base.CpuId(0, 0).Ebx != GenuineIntel;

    /// <summary>Whether products with AVX-512 are faster here than libtorch's own. Not where <c>AFTERIMAGE_KERNELS=torch</c> asks for those.</summary>
    public static bool OutrunsMkl => s_hasMoreThanMkl && !KernelDevices.IsTorchForced;
}
