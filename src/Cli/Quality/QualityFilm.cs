using Afterimage.Video.MovingShapes;

namespace Afterimage.Cli.Quality;

/// <summary>What was measured of one film.</summary>
/// <param name="Time">From the prompt to the frames.</param>
/// <param name="Psnr">Against the film without a cache, in decibels.</param>
/// <param name="Ssim">Likewise.</param>
/// <param name="Agreement">What of its prompt the film shows.</param>
/// <param name="SitesSkipped">The share of forwards of the cached sites that were not computed.</param>
/// <param name="UnconditionalSkipped">The share of forwards without the unconditional half of guidance.</param>
/// <param name="HistoryBytes">The most history that the cache held.</param>
/// <param name="PeakBytes">The most memory of the process; 0 on CUDA, whose memory is not the process's.</param>
internal sealed record QualityFilm(
    TimeSpan Time,
    double Psnr,
    double Ssim,
    TraitAgreement Agreement,
    double SitesSkipped,
    double UnconditionalSkipped,
    long HistoryBytes,
    long PeakBytes);
