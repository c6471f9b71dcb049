using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>A linear combination of a site's kept results, written over the oldest of them.</summary>
internal static class Combine
{
    /// <summary>Coefficients whose sum is this close to 1 make an extrapolation.</summary>
    private const double AffineTolerance = 1e-9;

    private static readonly KernelFamily[] s_byCount =
    [
        new("combine1", typeof(CombineKernels), nameof(CombineKernels.Combine1)),
        new("combine2", typeof(CombineKernels), nameof(CombineKernels.Combine2)),
        new("combine3", typeof(CombineKernels), nameof(CombineKernels.Combine3)),
        new("combine4", typeof(CombineKernels), nameof(CombineKernels.Combine4)),
    ];

    private static readonly KernelFamily s_extrapolate = new("extrapolate", typeof(CombineKernels), nameof(CombineKernels.Extrapolate));

    /// <summary>Its kernels.</summary>
    public static IEnumerable<Kernel> Kernels => [.. s_byCount.SelectMany(family => family.Kernels), .. s_extrapolate.Kernels];

    /// <summary>
    /// Writes Σ coefficientsᵢ · historyᵢ over the last tensor of <paramref name="history"/>, computed in float32 at least and
    /// rounded once. Makes no tensor that outlives it.
    /// </summary>
    /// <param name="history">Contiguous tensors of one shape, dtype and device, newest first.</param>
    /// <param name="coefficients">As many factors.</param>
    public static void IntoOldest(ReadOnlySpan<Tensor> history, ReadOnlySpan<double> coefficients)
    {
        if (history.Length != coefficients.Length || history.Length == 0)
            throw new ArgumentException($"Expected one coefficient per kept result, got {coefficients.Length} for {history.Length}.");

        var kernel = KernelFor(history, coefficients);
        if (KernelDevices.For(history[^1], kernel?.One, kernel?.Four) is { } launcher)
            Launch(launcher, history, coefficients);
        else
            InTorch(history, coefficients);
    }

    /// <summary><see cref="IntoOldest"/> by a kernel.</summary>
    internal static void Launch(KernelLauncher launcher, ReadOnlySpan<Tensor> history, ReadOnlySpan<double> coefficients)
    {
        var extrapolates = Extrapolates(coefficients);
        var numbers = extrapolates ? [-coefficients[1]] : coefficients;
        Span<KernelArgument> arguments = stackalloc KernelArgument[history.Length + numbers.Length];
        for (var i = 0; i < history.Length; i++)
            arguments[i] = KernelArgument.View(history[i]);
        for (var i = 0; i < numbers.Length; i++)
            arguments[history.Length + i] = numbers[i];
        launcher.LaunchElements(KernelFor(history, coefficients)!, history[^1].numel(), arguments);
    }

    /// <summary><see cref="IntoOldest"/> by torch operations.</summary>
    internal static void InTorch(ReadOnlySpan<Tensor> history, ReadOnlySpan<double> coefficients)
    {
        var oldest = history[^1];
        if (oldest.dtype is ScalarType.Float16 or ScalarType.BFloat16)
        {
            using var scope = NewDisposeScope();
            var widened = new Tensor[history.Length];
            for (var i = 0; i < widened.Length; i++)
                widened[i] = history[i].to(ScalarType.Float32);
            Accumulate(widened, coefficients);
            oldest.copy_(widened[^1]);
            return;
        }
        Accumulate(history, coefficients);
    }

    private static void Accumulate(ReadOnlySpan<Tensor> history, ReadOnlySpan<double> coefficients)
    {
        var oldest = history[^1];
        if (Extrapolates(coefficients) && oldest.dtype == ScalarType.Float32)
        {
            // One pass where the general form takes two: H1 + c0·(H0 − H1), which for c0 = 1 + w is H0 + w·(H0 − H1).
            using var weight = tensor((float)coefficients[0], oldest.dtype, oldest.device).DetachFromDisposeScope();
            oldest.lerp_(history[0], weight);
            return;
        }

        oldest.Times_(coefficients[^1]);
        for (var i = 0; i < history.Length - 1; i++)
            oldest.PlusScaled_(history[i], coefficients[i]);
    }

    private static bool Extrapolates(ReadOnlySpan<double> coefficients) =>
        coefficients.Length == 2 && Math.Abs(coefficients[0] + coefficients[1] - 1) < AffineTolerance;

    private static PackedKernel? KernelFor(ReadOnlySpan<Tensor> history, ReadOnlySpan<double> coefficients)
    {
        if (coefficients.Length > s_byCount.Length)
            return null;
        var family = Extrapolates(coefficients) ? s_extrapolate : s_byCount[coefficients.Length - 1];
        return family.For(history[^1].dtype);
    }
}
