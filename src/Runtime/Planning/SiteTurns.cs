namespace Afterimage.Planning;

/// <summary>
/// When sites have to be computed, and what is handed out where they are not: in their turn, and where they were left out in it, as soon as they are asked for again.
/// </summary>
internal sealed class SiteTurns(int sites, Func<Forecast> begin)
{
    private readonly (Forecast Forecast, bool IsDue)[] _sites = [.. Enumerable.Range(0, sites).Select(_ => (begin(), IsDue: true))];

    /// <summary>The cell of a site.</summary>
    /// <param name="forward">The forward.</param>
    /// <param name="site">The site.</param>
    /// <param name="isDue">Whether it is the site's turn.</param>
    public PlanCell Next(PlannedForward forward, int site, bool isDue)
    {
        var forecast = _sites[site].Forecast;
        isDue |= _sites[site].IsDue || forward.ComputesAll;
        _sites[site].IsDue = isDue && forward.LeftOut[site];
        return forward.LeftOut[site] ? PlanCell.LeftOut : isDue ? forecast.Compute(forward.Iteration) : forecast.Predict(forward.Iteration);
    }
}
