using Afterimage.Tuning;

namespace Afterimage.Cli.Quality;

/// <summary>What was measured of one cache, over the films of all prompts.</summary>
/// <param name="Name">What the cache is called.</param>
/// <param name="Films">In the order of the prompts.</param>
/// <param name="Timings">In the order of the rounds, of which each generates one film with every cache.</param>
internal sealed record CacheQuality(string Name, IReadOnlyList<QualityFilm> Films, IReadOnlyList<QualityTiming> Timings)
{
    public double MeanPsnr => Films.Average(film => film.Psnr);

    public double WorstPsnr => Films.Min(film => film.Psnr);

    public double MeanSsim => Films.Average(film => film.Ssim);

    public double WorstSsim => Films.Min(film => film.Ssim);

    public Share Right => Share.Of(Films.Select(film => film.Agreement.All));

    public Share ColorRight => Share.Of(Films.Select(film => film.Agreement.Color));

    public Share KindRight => Share.Of(Films.Select(film => film.Agreement.Kind));

    public Share DirectionRight => Share.Of(Films.Select(film => film.Agreement.Direction));

    public double SitesSkipped => Timings.Average(timing => timing.SitesSkipped);

    public double UnconditionalSkipped => Timings.Average(timing => timing.UnconditionalSkipped);

    /// <summary>Whether it did what is done without it.</summary>
    public bool SkipsNothing => Timings.All(timing => timing is { SitesSkipped: 0, UnconditionalSkipped: 0 });

    public long HistoryBytes => Timings.Max(timing => timing.HistoryBytes);

    public long PeakBytes => Timings.Max(timing => timing.PeakBytes);

    /// <summary>How many times as fast as another, of each round for itself: a machine whose speed drifts slows both of a pair.</summary>
    public Spread SpeedupOver(CacheQuality other) => Spread.Of(other.Timings.Zip(Timings, (theirs, own) => theirs.Seconds / own.Seconds));

    /// <summary>How much closer its films are to those without a cache than another's, in SSIM.</summary>
    public Spread CloserThan(CacheQuality other) => Spread.Of(Films.Zip(other.Films, (own, theirs) => own.Ssim - theirs.Ssim));
}
