using static TorchSharp.torch;

namespace Afterimage.Kernels;

/// <summary>
/// Splits the frames of a difference of two latents into low and high spatial frequencies (FasterCache, arXiv 2410.19355,
/// section 3.3; diffusers <c>hooks/faster_cache.py</c>, <c>_split_low_high_freq</c>).
/// </summary>
/// <remarks>
/// The split is linear and its mask is fixed, so both parts are brought back to the spatial domain once, on the step that
/// computes the difference; no later step needs a Fourier transform. The mask is symmetric under negation of the frequencies,
/// so the parts of a real signal are real, and one real transform of the half spectrum does.
/// </remarks>
internal static class FrequencySplit
{
    /// <summary>
    /// Returns the low frequencies of <paramref name="difference"/> and the rest, so that low + high = difference. The caller
    /// owns both.
    /// </summary>
    /// <param name="difference">A float32 tensor <c>[…, height, width]</c>.</param>
    public static (Tensor Low, Tensor High) Apply(Tensor difference)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (difference.shape[^2], difference.shape[^1]);
        var spectrum = fft.rfft2(difference);
        spectrum.mul_(LowPassMask(height, width, difference.device));
        var low = fft.irfft2(spectrum, s: [height, width]);
        return (low.MoveToOuterDisposeScope(), difference.sub(low).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// 1 inside the disc of radius min(h, w) div 5 around the zero frequency, for the unshifted half spectrum
    /// <c>[height, width div 2 + 1]</c>. Owned by the caller.
    /// </summary>
    internal static Tensor LowPassMask(long height, long width, Device device)
    {
        using var scope = NewDisposeScope();
        var radius = Math.Min(height, width) / 5;
        var rows = arange(height, dtype: ScalarType.Int64, device: device);
        var vertical = minimum(rows, height - rows).unsqueeze(1); // frequency k and height − k are one, of opposite sign
        var horizontal = arange(width / 2 + 1, dtype: ScalarType.Int64, device: device).unsqueeze(0);
        var inside = vertical.mul(vertical).add(horizontal.mul(horizontal)).le(radius * radius);
        return inside.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
