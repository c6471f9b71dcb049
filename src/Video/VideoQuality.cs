using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>
/// How alike two films are. Both are <c>[..., channels, height, width]</c>, floating-point, of one shape, in [0, 1]; leading
/// dimensions (frames, or batch and frames) count frame by frame. The tensors stay the caller's; the work
/// is done where the first of them lies.
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
        if (film.dim() >= 2 && Math.Min(film.shape[^1], film.shape[^2]) < StructuralSimilarity.WindowSize)
        {
            throw new ArgumentException(
                $"SSIM needs frames of {StructuralSimilarity.WindowSize} × {StructuralSimilarity.WindowSize} pixels at least, got {film.shape[^1]} × {film.shape[^2]}.",
                nameof(film));
        }
        return PerFrame(film, reference, StructuralSimilarity.Of);
    }

    private static double Decibels(double squaredError) => -10 * Math.Log10(squaredError);

    private static double[] SquaredErrors(Tensor film, Tensor reference) =>
        PerFrame(film, reference, (frame, other) => (frame - other).Squared().mean().item<double>());

    /// <summary>A measure of every pair of frames, in double precision and one at a time, since films are large.</summary>
    private static double[] PerFrame(Tensor film, Tensor reference, Func<Tensor, Tensor, double> measure)
    {
        Check(film, reference);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (films, references) = (film.flatten(0, -4), reference.flatten(0, -4));
        var values = new double[films.shape[0]];
        for (var i = 0; i < values.Length; i++)
        {
            using var frame = NewDisposeScope();
            values[i] = measure(films[i].to(ScalarType.Float64), references[i].to(film.device).to(ScalarType.Float64));
        }
        return values;
    }

    private static void Check(Tensor film, Tensor reference)
    {
        if (!film.shape.SequenceEqual(reference.shape))
            throw new ArgumentException($"Expected films of one shape, got {Shape(film)} and {Shape(reference)}.", nameof(reference));
        if (film.dim() < 4 || film.NumberOfElements == 0)
            throw new ArgumentException($"Expected at least one frame as [..., frames, channels, height, width], got {Shape(film)}.", nameof(film));
        if (!is_floating_point(film) || !is_floating_point(reference))
            throw new ArgumentException($"Expected floating-point numbers in [0, 1], got {film.dtype} and {reference.dtype}.", nameof(film));

        static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
    }
}
