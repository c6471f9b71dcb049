namespace Afterimage.Tuning;

/// <summary>A plan that was searched, predicted and measured.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="PredictedSpeedup">How many times as fast it was predicted to be.</param>
/// <param name="PredictedPsnr">The mean PSNR in decibels that was predicted.</param>
/// <param name="Films">What was measured of each film, in the order of the prompts.</param>
/// <param name="HistoryBytes">What a run of it holds.</param>
public sealed record TunedPlan(CachePlan Plan, double PredictedSpeedup, double PredictedPsnr, IReadOnlyList<FilmMeasures> Films, long HistoryBytes)
{
    /// <summary>How many times as fast as without a cache: the median of all films, with its range.</summary>
    public Spread Speedup => Spread.Of(Films.Select(film => film.Speedup));

    /// <summary>The mean PSNR of all films in decibels.</summary>
    public double MeanPsnr => Films.Average(film => film.Psnr);

    /// <summary>That of the worst film.</summary>
    public double WorstPsnr => Films.Min(film => film.Psnr);

    /// <summary>Whether another is as fast and as near at least, and faster or nearer.</summary>
    internal bool IsBehind(TunedPlan other) =>
        other.Speedup.Median >= Speedup.Median && other.MeanPsnr >= MeanPsnr && (other.Speedup.Median > Speedup.Median || other.MeanPsnr > MeanPsnr);
}
