using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// Rebuilds the unconditional half of guidance from the conditional one (FasterCache, arXiv 2410.19355, equations 9 to 11;
/// diffusers <c>hooks/faster_cache.py</c>, <c>FasterCacheDenoiserHook</c>).
/// </summary>
internal static class FrequencyBlend
{
    private static readonly KernelFamily s_blend = new("blend", typeof(GuidanceKernels), nameof(GuidanceKernels.Blend));
    private static readonly KernelFamily s_guided = new("blend-guided", typeof(GuidanceKernels), nameof(GuidanceKernels.BlendGuided));

    /// <summary>Its kernels.</summary>
    public static IEnumerable<Kernel> Kernels => [.. s_blend.Kernels, .. s_guided.Kernels];

    /// <summary>
    /// Returns [unconditional, conditional] with unconditional = conditional + <paramref name="lowWeight"/>·low +
    /// <paramref name="highWeight"/>·high, computed in float32 and rounded once. The caller owns the result.
    /// </summary>
    public static Tensor Batch(Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight)
    {
        var kernel = s_blend.For(conditional.dtype);
        if (KernelDevices.For(conditional, kernel?.One, kernel?.Four) is { } launcher)
            return LaunchBatch(launcher, conditional, low, high, lowWeight, highWeight);
        using var unconditional = UnconditionalInTorch(conditional, low, high, lowWeight, highWeight);
        return cat([unconditional, conditional]);
    }

    /// <summary>
    /// Returns unconditional + <paramref name="scale"/>·(conditional − unconditional) in float32 (or float64), with the unconditional half
    /// as in <see cref="Batch"/> but neither rounded nor stored. The caller owns the result.
    /// </summary>
    public static Tensor Guided(Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight, double scale)
    {
        var kernel = s_guided.For(conditional.dtype);
        var (low1, high1) = ((1 - scale) * lowWeight, (1 - scale) * highWeight);
        return KernelDevices.For(conditional, kernel?.One, kernel?.Four) is { } launcher
            ? LaunchGuided(launcher, conditional, low, high, low1, high1)
            : GuidedInTorch(conditional, low, high, low1, high1);
    }

    /// <summary><see cref="Batch"/> by a kernel, which writes both halves in its one pass.</summary>
    internal static Tensor LaunchBatch(
        KernelLauncher launcher, Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight)
    {
        using var contiguous = conditional.contiguous();
        var rows = conditional.shape[0];
        var batch = empty([2 * rows, .. conditional.shape[1..]], conditional.dtype, conditional.device);
        using var first = batch.narrow(0, 0, rows);
        using var second = batch.narrow(0, rows, rows);
        launcher.LaunchElements(
            s_blend.For(conditional.dtype)!, conditional.numel(), KernelArgument.View(contiguous), KernelArgument.View(low),
            KernelArgument.View(high), lowWeight, highWeight, KernelArgument.View(first), KernelArgument.View(second));
        return batch;
    }

    /// <summary>conditional + the weighted differences in float32, by a kernel.</summary>
    internal static Tensor LaunchGuided(
        KernelLauncher launcher, Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight)
    {
        using var contiguous = conditional.contiguous();
        var guided = empty(conditional.shape, ScalarType.Float32, conditional.device);
        launcher.LaunchElements(
            s_guided.For(conditional.dtype)!, conditional.numel(), KernelArgument.View(contiguous), KernelArgument.View(low),
            KernelArgument.View(high), lowWeight, highWeight, KernelArgument.View(guided));
        return guided;
    }

    /// <summary>conditional + the weighted differences in the dtype of <paramref name="conditional"/>, by torch operations.</summary>
    internal static Tensor UnconditionalInTorch(Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight)
    {
        var blended = GuidedInTorch(conditional, low, high, lowWeight, highWeight);
        if (blended.dtype == conditional.dtype)
            return blended;
        using (blended)
            return blended.to(conditional.dtype);
    }

    /// <summary>conditional + the weighted differences in float32 (or float64), by torch operations.</summary>
    internal static Tensor GuidedInTorch(Tensor conditional, Tensor low, Tensor high, double lowWeight, double highWeight)
    {
        var blended = conditional.PlusScaled(low, lowWeight); // float32 by promotion where the model runs in half precision
        blended.PlusScaled_(high, highWeight);
        return blended;
    }
}
