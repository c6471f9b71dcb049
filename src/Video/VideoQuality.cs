using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>
/// How alike two films are, and how steady one is. Films are <c>[..., channels, height, width]</c>, floating-point, of one shape, in
/// [0, 1]; leading dimensions (frames, or batch and frames) count frame by frame. The tensors stay the caller's; the work
/// is done where the first of them lies, in double precision, one frame at a time. <see cref="PerceptualSimilarity"/> is LPIPS.
/// </summary>
public static class VideoQuality
{
    /// <summary>
    /// Peak signal-to-noise ratio in decibels: 10·log10(1 / mean squared error), the mean taken over all frames, channels and pixels.
    /// Infinite where the films are equal.
    /// </summary>
    /// <param name="film">A film.</param>
    /// <param name="reference">What it is compared with; the measure is symmetric.</param>
    /// <exception cref="ArgumentException">The films are no films or differ in shape.</exception>
    public static double Psnr(Tensor film, Tensor reference) => Decibels(SquaredErrors(film, reference).Average());

    /// <summary>As <see cref="Psnr"/>, for each frame by itself.</summary>
    /// <inheritdoc cref="Psnr"/>
    public static IReadOnlyList<double> PsnrPerFrame(Tensor film, Tensor reference) => [.. SquaredErrors(film, reference).Select(Decibels)];

    /// <summary>
    /// Structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004), the mean over frames, channels and windows: 1 where the films
    /// are equal. The window is a Gaussian of 11 × 11 pixels with σ = 1.5, K1 = 0.01, K2 = 0.03, the range of data 1, and variances
    /// are weighted means, not sample estimates. Only windows that lie within a frame count, as in scikit-image's
    /// <c>structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1)</c>.
    /// </summary>
    /// <param name="film">A film whose frames are 11 pixels wide and high at least.</param>
    /// <param name="reference">What it is compared with; the measure is symmetric.</param>
    /// <exception cref="ArgumentException">The films are no films, differ in shape, or are smaller than a window.</exception>
    public static double Ssim(Tensor film, Tensor reference) => SsimPerFrame(film, reference).Average();

    /// <summary>As <see cref="Ssim"/>, for each frame by itself.</summary>
    /// <inheritdoc cref="Ssim"/>
    public static IReadOnlyList<double> SsimPerFrame(Tensor film, Tensor reference)
    {
        FramePairs.Check("SSIM", film, reference, StructuralSimilarity.WindowSize);
        return PerFrame(film, reference, StructuralSimilarity.Of);
    }

    /// <summary>
    /// Gradient magnitude similarity deviation (Xue, Zhang, Mou and Bovik, 2014), the mean over frames: 0 where the films are equal, and
    /// the larger the less alike they are. Each frame's luminance (a frame of one channel is that already) is halved; the deviation is
    /// that of the likeness of Prewitt gradients over pixels. As piq's <c>gmsd</c> (<c>piq/gmsd.py</c>), with its default constant 170 / 255².
    /// </summary>
    /// <param name="film">A film of one channel, or of red, green and blue.</param>
    /// <param name="reference">What it is compared with; the measure is symmetric.</param>
    /// <exception cref="ArgumentException">The films are no films, differ in shape, or have neither 1 nor 3 channels.</exception>
    public static double Gmsd(Tensor film, Tensor reference) => GmsdPerFrame(film, reference).Average();

    /// <summary>As <see cref="Gmsd"/>, for each frame by itself.</summary>
    /// <inheritdoc cref="Gmsd"/>
    public static IReadOnlyList<double> GmsdPerFrame(Tensor film, Tensor reference)
    {
        FramePairs.Check("GMSD", film, reference, channels: [1, 3]);
        return PerFrame(film, reference, GradientMagnitudeSimilarity.Of);
    }

    /// <summary>
    /// GMSD on four scales (MS-GMSD: Zhang, Sun, Lv and Yin, 2017), of luminance alone, the mean over frames: 0 where the films are equal,
    /// and the larger the less alike they are. As piq's <c>multi_scale_gmsd</c> (<c>piq/gmsd.py</c>) with its defaults: weights of scales
    /// 0.096, 0.596, 0.289 and 0.019, masking 0.5, and the constant 170 on numbers up to 255.
    /// </summary>
    /// <param name="film">A film of one channel, or of red, green and blue, whose frames are 17 pixels wide and high at least.</param>
    /// <param name="reference">What it is compared with; the measure is symmetric.</param>
    /// <exception cref="ArgumentException">The films are no films, differ in shape, are too small, or have neither 1 nor 3 channels.</exception>
    public static double MultiScaleGmsd(Tensor film, Tensor reference) => MultiScaleGmsdPerFrame(film, reference).Average();

    /// <summary>As <see cref="MultiScaleGmsd"/>, for each frame by itself.</summary>
    /// <inheritdoc cref="MultiScaleGmsd"/>
    public static IReadOnlyList<double> MultiScaleGmsdPerFrame(Tensor film, Tensor reference)
    {
        FramePairs.Check("MS-GMSD", film, reference, GradientMagnitudeSimilarity.LeastSizeOfScales, channels: [1, 3]);
        return PerFrame(film, reference, GradientMagnitudeSimilarity.OfScales);
    }

    /// <summary>
    /// VBench's temporal flickering (Huang et al., 2024; <c>vbench/temporal_flickering.py</c>): (255 - MAE) / 255, where MAE is the mean
    /// absolute difference of neighbouring frames on numbers up to 255. 1 where nothing changes, 0 where every number goes from one end to the other.
    /// VBench takes the 8-bit frames of a decoded file; here nothing is rounded.
    /// </summary>
    /// <remarks>
    /// Whatever moves lowers it too, so that it says little of one film (VBench asks for still scenes). What a cache does shows in a
    /// difference: that of the cached film minus that of the uncached one, from the same noise. Below 0, the cache flickers more.
    /// </remarks>
    /// <param name="film">
    /// <c>[..., frames, channels, height, width]</c> of two frames at least. Of a batch, neighbours are those of one film, and all pairs count alike.
    /// </param>
    /// <exception cref="ArgumentException">It is no film, or has one frame.</exception>
    public static double TemporalFlickering(Tensor film)
    {
        FramePairs.Check("Temporal flickering", film, film);
        if (film.shape[^4] < 2)
            throw new ArgumentException($"Temporal flickering needs two frames at least, got {film.shape[^4]}.", nameof(film));
        return 1 - TemporalFlicker.MeanDifference(film);
    }

    private static double Decibels(double squaredError) => -10 * Math.Log10(squaredError);

    private static double[] SquaredErrors(Tensor film, Tensor reference)
    {
        FramePairs.Check("PSNR", film, reference);
        return PerFrame(film, reference, (frame, other) => (frame - other).Squared().mean().item<double>());
    }

    private static double[] PerFrame(Tensor film, Tensor reference, Func<Tensor, Tensor, double> measure) =>
        FramePairs.Measure(film, reference, ScalarType.Float64, film.device, measure);
}
