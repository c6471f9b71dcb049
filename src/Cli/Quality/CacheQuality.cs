namespace Afterimage.Cli.Quality;

/// <summary>What was measured of one cache, over the films of all prompts.</summary>
/// <param name="Name">What the cache is called.</param>
/// <param name="Films">In the order of the prompts.</param>
internal sealed record CacheQuality(string Name, IReadOnlyList<QualityFilm> Films)
{
    public TimeSpan Time => new(Films.Sum(film => film.Time.Ticks));

    public double MeanPsnr => Films.Average(film => film.Psnr);

    public double WorstPsnr => Films.Min(film => film.Psnr);

    public double MeanSsim => Films.Average(film => film.Ssim);

    public double WorstSsim => Films.Min(film => film.Ssim);

    public Share Right => Share.Of(Films.Select(film => film.Agreement.All));

    public Share ColorRight => Share.Of(Films.Select(film => film.Agreement.Color));

    public Share KindRight => Share.Of(Films.Select(film => film.Agreement.Kind));

    public Share DirectionRight => Share.Of(Films.Select(film => film.Agreement.Direction));

    public double SitesSkipped => Films.Average(film => film.SitesSkipped);

    public double UnconditionalSkipped => Films.Average(film => film.UnconditionalSkipped);

    public long HistoryBytes => Films.Max(film => film.HistoryBytes);

    public long PeakBytes => Films.Max(film => film.PeakBytes);

    /// <summary>How many times as fast as another.</summary>
    public double SpeedupOver(CacheQuality other) => other.Time / Time;
}
