using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Afterimage.Kernels.Launch;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>What this computer's processor is better at than libtorch takes it for.</summary>
internal static class Processor
{
    private const int GenuineIntel = 0x756E6547; // the first four letters, as CPUID gives them

    // MKL, which multiplies for libtorch, has AVX-512 for Intel's processors alone.
    private static readonly bool s_hasMoreThanMkl = Avx512BW.IsSupported && X86Base.CpuId(0, 0).Ebx != GenuineIntel;

    // Those of them that libtorch asks for before it leaves bfloat16 to oneDNN (aten/src/ATen/native/mkldnn/Utils.h, mkldnn_bf16_device_check).
    private static readonly bool s_hasHalfProducts = Avx512BW.VL.IsSupported && Avx512DQ.IsSupported;

    private static readonly bool s_isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Whether products with with AVX-512 are faster here than libtorch's own. Not where <c>AFTERIMAGE_KERNELS=torch</c> asks for those.</summary>
    public static bool OutrunsMkl => s_hasMoreThanMkl && !KernelDevices.IsTorchForced;

    /// <summary>
    /// Whether libtorch computes products and convolutions of this half type one number at a time, so that they are done sooner in float32: bfloat16 without AVX-512, and
    /// float16, which few processors have. Not where <c>AFTERIMAGE_KERNELS=torch</c> asks for libtorch's own.
    /// </summary>
    public static bool IsSlowIn(ScalarType dtype) =>
        (dtype == ScalarType.Float16 || (dtype == ScalarType.BFloat16 && !s_hasHalfProducts)) && s_isX64 && !KernelDevices.IsTorchForced;
}
