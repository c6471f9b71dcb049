using Afterimage.Video.MovingShapes;

namespace Afterimage.Cli.Quality;

/// <summary>How one film looks, which is the same whenever it is generated.</summary>
/// <param name="Cache">Which cache of the request's, 0 for none.</param>
/// <param name="Prompt">Which prompt of the request's.</param>
/// <param name="Psnr">Against the film without a cache, in decibels.</param>
/// <param name="Ssim">Likewise.</param>
/// <param name="Agreement">What of its prompt the film shows.</param>
internal sealed record QualityFilm(int Cache, int Prompt, double Psnr, double Ssim, TraitAgreement Agreement);
