using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage;

/// <summary>
/// oneDNN's linear layers, which libtorch has in its C interface (<c>aoti_torch_cpu__linear_pointwise</c> of
/// <c>torch/csrc/inductor/aoti_torch/c/shim_cpu.h</c>) though not in its <c>linear</c> for float32.
/// </summary>
internal static unsafe class OneDnn
{
    // int (input, weight, bias*, activation, its scalars, their count, its algorithm*, result*): every tensor an at::Tensor*, as TorchSharp's handles are.
    private static readonly delegate* unmanaged[Cdecl]<nint, nint, nint*, byte*, double**, long, byte**, nint*, int> s_linear =
        NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var library) && NativeLibrary.TryGetExport(library, "aoti_torch_cpu__linear_pointwise", out var export)
            ? (delegate* unmanaged[Cdecl]<nint, nint, nint*, byte*, double**, long, byte**, nint*, int>)export
            : null;

    /// <summary>Whether a layer is to run here: where oneDNN is faster than what torch calls, and what it takes.</summary>
    public static bool Takes(Tensor input, Tensor weight, Tensor? bias)
    {
        if (!Processor.OutrunsMkl || s_linear is null || input.device_type != DeviceType.CPU || weight.device_type != DeviceType.CPU)
            return false;
        var dtype = weight.dtype;
        return dtype is ScalarType.Float32 or ScalarType.BFloat16
            && input.dtype == dtype
            && (bias is null || bias.dtype == dtype)
            && input.dim() >= 2
            && input.size(-1) == weight.size(1)
            && input.numel() > 0
            && !(is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true }));
    }

    /// <summary>activation(input · weightᵀ + bias). Owned by the caller.</summary>
    /// <exception cref="InvalidOperationException">libtorch failed; it said why on the standard error stream.</exception>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias, LinearActivation activation)
    {
        var name = activation switch
        {
            LinearActivation.None => "none"u8,
            LinearActivation.Silu => "swish"u8,
            _ => "gelu"u8,
        };
        var algorithm = activation == LinearActivation.GeluTanh ? "tanh"u8 : "none"u8;
        var biasHandle = bias?.Handle ?? 0;
        nint result;
        int failure;
        // Literals of bytes end with a zero that their length does not count.
        fixed (byte* namePointer = name)
        fixed (byte* algorithmPointer = algorithm)
        {
            var algorithmArgument = algorithmPointer;
            failure = s_linear(input.Handle, weight.Handle, bias is null ? null : &biasHandle, namePointer, null, 0, &algorithmArgument, &result);
        }
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return failure == 0
            ? Tensor.UnsafeCreateTensor(result)
            : throw new InvalidOperationException(
                $"oneDNN's linear layer failed for an input of [{string.Join(", ", input.shape)}] and a weight of [{string.Join(", ", weight.shape)}] in {weight.dtype}; "
                + "libtorch's reason is on the standard error stream. AFTERIMAGE_KERNELS=torch asks for torch's own.");
    }
}
