using Afterimage.Video;
using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>What a cache did to one film, beside the film without one.</summary>
/// <param name="Speedup">The seconds without the cache over those with it.</param>
/// <param name="Psnr">In decibels; see <see cref="VideoQuality.Psnr"/>.</param>
/// <param name="Ssim">See <see cref="VideoQuality.Ssim"/>.</param>
public sealed record FilmMeasures(double Speedup, double Psnr, double Ssim)
{
    /// <summary>Measures a film.</summary>
    internal static FilmMeasures Of(MadeFilm film, MadeFilm uncached)
    {
        using var scope = NewDisposeScope();
        var (frames, reference) = (AsFilm(film.Frames), AsFilm(uncached.Frames));
        return new FilmMeasures(uncached.Seconds / film.Seconds, VideoQuality.Psnr(frames, reference), VideoQuality.Ssim(frames, reference));
    }

    private static Tensor AsFilm(Tensor frames) => frames.dim() == 5 ? frames.alias() : frames.unsqueeze(1);
}
