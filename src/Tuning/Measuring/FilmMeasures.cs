using Afterimage.Video;
using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>What a cache did to one film, beside the film without one.</summary>
/// <param name="Speedup">The seconds without the cache over those with it.</param>
/// <param name="Psnr">In decibels; see <see cref="VideoQuality.Psnr"/>.</param>
/// <param name="Ssim">See <see cref="VideoQuality.Ssim"/>.</param>
/// <param name="Gmsd">See <see cref="VideoQuality.MultiScaleGmsd"/>: 0 where the films look the same.</param>
/// <param name="Flicker">How much less steady it is than the other (<see cref="VideoQuality.TemporalFlickering"/>); <see langword="null"/> of a single frame.</param>
/// <param name="Lpips">See <see cref="PerceptualSimilarity"/>; <see langword="null"/> where there are no weights for it.</param>
public sealed record FilmMeasures(double Speedup, double Psnr, double Ssim, double Gmsd, double? Flicker, double? Lpips = null)
{
    /// <summary>Measures a film.</summary>
    internal static FilmMeasures Of(MadeFilm film, MadeFilm uncached, PerceptualSimilarity? lpips)
    {
        using var scope = NewDisposeScope();
        var (frames, reference) = (AsFilm(film.Frames), AsFilm(uncached.Frames));
        return new FilmMeasures(
            uncached.Seconds / film.Seconds,
            VideoQuality.Psnr(frames, reference),
            VideoQuality.Ssim(frames, reference),
            VideoQuality.MultiScaleGmsd(frames, reference),
            frames.size(1) > 1 ? VideoQuality.TemporalFlickering(reference) - VideoQuality.TemporalFlickering(frames) : null,
            lpips?.Of(frames, reference));
    }

    private static Tensor AsFilm(Tensor frames) => frames.dim() == 5 ? frames.alias() : frames.unsqueeze(1);
}
