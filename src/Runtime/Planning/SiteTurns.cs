namespace Afterimage.Planning;

/// <summary>
/// When sites that hand out their last value have to be computed: in their turn, and where they were left out in it, as soon as they are asked for again.
/// </summary>
internal sealed class SiteTurns(int sites)
{
    private readonly bool[] _isDue = [.. Enumerable.Repeat(true, sites)];

    /// <summary>The cell of a site.</summary>
    /// <param name="forward">The forward.</param>
    /// <param name="site">The site.</param>
    /// <param name="isDue">Whether it is the site's turn.</param>
    public PlanCell Next(PlannedForward forward, int site, bool isDue)
    {
        isDue |= _isDue[site] || forward.ComputesAll;
        _isDue[site] = isDue && forward.LeftOut[site];
        return forward.LeftOut[site] ? PlanCell.LeftOut : isDue ? PlanCell.ComputeAndStore : PlanCell.Reuse;
    }
}
