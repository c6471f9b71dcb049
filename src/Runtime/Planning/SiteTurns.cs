namespace Afterimage.Planning;

/// <summary>
/// When sites have to be computed, and what is handed out where they are not: in their turn, and where they were left out in it, as soon as they are asked for again.
/// </summary>
internal sealed class SiteTurns(int sites, Forecast forecast)
{
    private readonly (Forecast Forecast, bool IsDue)[] _sites = [.. Enumerable.Repeat((forecast, true), sites)];
    private readonly (Forecast Forecast, bool IsDue)[] _before = new (Forecast, bool)[sites];

    /// <summary>The cell of a site.</summary>
    /// <param name="forward">The forward.</param>
    /// <param name="site">The site.</param>
    /// <param name="isDue">Whether it is the site's turn.</param>
    public PlanCell Next(PlannedForward forward, int site, bool isDue)
    {
        var known = _sites[site].Forecast;
        isDue |= _sites[site].IsDue || forward.ComputesAll;
        _before[site] = (known, isDue);
        _sites[site].IsDue = isDue && forward.LeftOut[site];
        if (forward.LeftOut[site])
            return PlanCell.LeftOut;
        if (!isDue)
            return known.Predict(forward.Iteration);
        (var cell, _sites[site].Forecast) = known.Compute(forward.Iteration);
        return cell;
    }

    /// <summary>Hears what came of the last forward: sites that were left out after all are where they were before it.</summary>
    public void TakeBack(PlanRow row)
    {
        for (var site = 0; site < _sites.Length; site++)
        {
            if (row.Cells[site].Action == SiteAction.LeftOut && _before[site].Forecast is not null)
                _sites[site] = _before[site];
        }
    }
}
