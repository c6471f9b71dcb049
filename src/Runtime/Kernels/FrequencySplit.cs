using Afterimage.Kernels.Launch;
using Afterimage.Kernels.OnDevice;
using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// Splits the frames of the difference of guidance's halves into low and high spatial frequencies (FasterCache, arXiv 2410.19355,
/// section 3.3; diffusers <c>hooks/faster_cache.py</c>, <c>_split_low_high_freq</c>).
/// </summary>
/// <remarks>
/// The split is linear and its mask is fixed, so both parts are brought back to the spatial domain once, on the step that
/// computes the difference; no later step needs a Fourier transform. The mask is symmetric under negation of the frequencies,
/// so the parts of a real signal are real, and one real transform of the half spectrum does.
/// </remarks>
internal static class FrequencySplit
{
    private static readonly KernelFamily s_difference =
        new("difference", typeof(FrequencySplitKernels), nameof(FrequencySplitKernels.Difference));

    private static readonly PackedKernel s_rest =
        new KernelFamily("rest", typeof(FrequencySplitKernels), nameof(FrequencySplitKernels.Rest), dtypes: ScalarType.Float32)
            .For(ScalarType.Float32)!;

    private static readonly Kernel s_lowPass =
        new("low-pass", typeof(FrequencySplitKernels).GetMethod(nameof(FrequencySplitKernels.LowPass))!, IsIndexed: true);

    /// <summary>Its kernels.</summary>
    public static IEnumerable<Kernel> Kernels => [.. s_difference.Kernels, s_rest.One, s_rest.Four, s_lowPass];

    /// <summary>
    /// Returns the low frequencies of unconditional − conditional and the rest, in float32, so that low + high is the
    /// difference. Both are contiguous; the caller owns both.
    /// </summary>
    /// <param name="batch">[unconditional, conditional] along dimension 0: <c>[2·rows, …, height, width]</c>.</param>
    public static (Tensor Low, Tensor High) Of(Tensor batch)
    {
        if (batch.numel() == 0) // which torch's transforms refuse
        {
            long[] shape = [batch.shape[0] / 2, .. batch.shape[1..]];
            return (empty(shape, ScalarType.Float32, batch.device), empty(shape, ScalarType.Float32, batch.device));
        }
        var difference = s_difference.For(batch.dtype);
        return KernelDevices.For(batch, difference?.One, difference?.Four, s_rest.One, s_rest.Four, s_lowPass) is { } launcher
            ? Launch(launcher, batch)
            : InTorch(batch);
    }

    /// <summary><see cref="Of"/> by kernels, around torch's transforms.</summary>
    internal static (Tensor Low, Tensor High) Launch(KernelLauncher launcher, Tensor batch)
    {
        using var scope = NewDisposeScope();
        var rows = batch.shape[0] / 2;
        var (height, width) = (batch.shape[^2], batch.shape[^1]);
        var halves = batch.contiguous();
        var difference = empty([rows, .. batch.shape[1..]], ScalarType.Float32, batch.device);
        launcher.LaunchElements(
            s_difference.For(batch.dtype)!, difference.numel(), KernelArgument.View(halves.narrow(0, 0, rows)),
            KernelArgument.View(halves.narrow(0, rows, rows)), KernelArgument.View(difference));

        var spectrum = fft.rfft2(difference).contiguous();
        LowPass(launcher, spectrum, height, width);
        var low = fft.irfft2(spectrum, s: [height, width]).contiguous();
        launcher.LaunchElements(s_rest, low.numel(), KernelArgument.View(difference), KernelArgument.View(low));
        return (low.MoveToOuterDisposeScope(), difference.MoveToOuterDisposeScope());
    }

    /// <summary><see cref="Of"/> by torch operations.</summary>
    internal static (Tensor Low, Tensor High) InTorch(Tensor batch)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (batch.shape[^2], batch.shape[^1]);
        var halves = batch.chunk(2);
        // Half precision is widened before the subtraction, and a float64 model's difference narrowed after it.
        var difference = halves[0].to(ScalarType.Float32).sub(halves[1]).to(ScalarType.Float32).contiguous();
        var spectrum = fft.rfft2(difference);
        spectrum.mul_(LowPassMask(height, width, batch.device));
        var low = fft.irfft2(spectrum, s: [height, width]).contiguous();
        difference.sub_(low);
        return (low.MoveToOuterDisposeScope(), difference.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// 1 inside the disc of radius min(h, w) div 5 around the zero frequency, for the unshifted half spectrum
    /// <c>[height, width div 2 + 1]</c>. Owned by the caller.
    /// </summary>
    internal static Tensor LowPassMask(long height, long width, Device device)
    {
        using var scope = NewDisposeScope();
        var radius = Radius(height, width);
        var rows = TensorArithmetic.Range(height, ScalarType.Int64, device);
        var vertical = minimum(rows, height.Minus(rows)).unsqueeze(1); // frequency k and height − k are one, of opposite sign
        var horizontal = TensorArithmetic.Range(width / 2 + 1, ScalarType.Int64, device).unsqueeze(0);
        var inside = vertical.mul(vertical).Plus(horizontal.mul(horizontal)).IsAtMost(radius * radius);
        return inside.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    private static void LowPass(KernelLauncher launcher, Tensor spectrum, long height, long width)
    {
        var columns = spectrum.shape[^1];
        var radius = Radius(height, width);
        var view = KernelArgument.View(spectrum);
        for (long done = 0, count; done < view.Length; done += count)
        {
            count = Math.Min(view.Length - done, launcher.MaxIndices);
            launcher.Launch(
                s_lowPass, (int)count, view.Slice(done, count, pack: 1), (int)(done % (height * columns)), (int)height, (int)columns,
                (int)(radius * radius));
        }
    }

    private static long Radius(long height, long width) => Math.Min(height, width) / 5;
}
