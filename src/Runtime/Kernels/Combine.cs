using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>A linear combination of a site's kept results, of any number of them.</summary>
internal static class Combine
{
    /// <summary>Weights whose sum is this close to 1 make an extrapolation.</summary>
    private const double AffineTolerance = 1e-9;

    private static readonly KernelFamily s_combine = new("combine", typeof(CombineKernels), nameof(CombineKernels.Combine));
    private static readonly KernelFamily s_extrapolate = new("extrapolate", typeof(CombineKernels), nameof(CombineKernels.Extrapolate));

    /// <summary>Its kernels.</summary>
    public static IEnumerable<Kernel> Kernels => [.. s_combine.Kernels, .. s_extrapolate.Kernels];

    /// <summary>
    /// Writes Σ weightsᵢ · (the value of age i), computed in float32 at least and rounded once. Makes no tensor that outlives it.
    /// </summary>
    /// <param name="target">
    /// Contiguous, of the values' shape, dtype and device: another tensor, the oldest of those that are read, or one of the ring that is not read.
    /// </param>
    /// <param name="ring">The values.</param>
    /// <param name="newest">The place of the newest.</param>
    /// <param name="weights">From that of the newest value on, one for each that is read.</param>
    /// <param name="tables">Where the weights lie for kernels.</param>
    public static void Into(Tensor target, Ring ring, int newest, ReadOnlySpan<double> weights, WeightTables tables)
    {
        if (weights.Length == 0 || weights.Length > ring.Count)
            throw new ArgumentException($"Expected a weight for each of 1 to {ring.Count} kept results, got {weights.Length}.", nameof(weights));

        var kernel = KernelFor(target.dtype, weights);
        if (KernelDevices.For(target, kernel?.One, kernel?.Four) is { } launcher)
            Launch(launcher, target, ring, newest, weights, tables);
        else
            InTorch(target, ring, newest, weights);
    }

    /// <summary><see cref="Into"/> by a kernel.</summary>
    internal static void Launch(KernelLauncher launcher, Tensor target, Ring ring, int newest, ReadOnlySpan<double> weights, WeightTables tables)
    {
        var kernel = KernelFor(target.dtype, weights)!;
        var oldest = ring.PlaceOf(newest, weights.Length - 1);
        if (Extrapolates(weights))
        {
            launcher.LaunchElements(
                kernel, target.numel(), KernelArgument.View(ring[newest]), KernelArgument.View(ring[oldest]), -weights[1], KernelArgument.View(target));
            return;
        }
        launcher.LaunchElements(
            kernel, target.numel(), KernelArgument.Rows(ring.Whole), KernelArgument.Stride(target.numel()), ring.Count, oldest, newest,
            KernelArgument.Table(tables.On(target.device, weights)), KernelArgument.View(target));
    }

    /// <summary><see cref="Into"/> by torch operations.</summary>
    internal static void InTorch(Tensor target, Ring ring, int newest, ReadOnlySpan<double> weights)
    {
        var oldest = ring[ring.PlaceOf(newest, weights.Length - 1)];
        if (target.dtype is ScalarType.Float16 or ScalarType.BFloat16)
        {
            using var sum = oldest.to(ScalarType.Float32);
            Accumulate(sum, ring, newest, weights);
            target.Copy_(sum);
            return;
        }
        if (!ReferenceEquals(target, oldest))
            target.Copy_(oldest);
        Accumulate(target, ring, newest, weights);
    }

    /// <summary>Writes the combination over its oldest value.</summary>
    private static void Accumulate(Tensor oldest, Ring ring, int newest, ReadOnlySpan<double> weights)
    {
        if (Extrapolates(weights) && oldest.dtype == ScalarType.Float32)
        {
            // One pass where the general form takes two: H1 + c0·(H0 − H1), which for c0 = 1 + w is H0 + w·(H0 − H1).
            using var value = ring[newest].to(oldest.dtype);
            using var weight = TensorArithmetic.Full([], (float)weights[0], oldest.dtype, oldest.device).DetachFromDisposeScope();
            oldest.lerp_(value, weight);
            return;
        }

        oldest.Times_(weights[^1]);
        for (var age = 0; age < weights.Length - 1; age++)
        {
            using var value = ring[ring.PlaceOf(newest, age)].to(oldest.dtype);
            oldest.PlusScaled_(value, weights[age]);
        }
    }

    private static bool Extrapolates(ReadOnlySpan<double> weights) => weights.Length == 2 && Math.Abs(weights[0] + weights[1] - 1) < AffineTolerance;

    private static PackedKernel? KernelFor(ScalarType dtype, ReadOnlySpan<double> weights) => (Extrapolates(weights) ? s_extrapolate : s_combine).For(dtype);
}
