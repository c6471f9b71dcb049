using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>Takes out of finished rows what nothing reads: results that are kept and never used.</summary>
internal static class PlanLiveness
{
    /// <summary>Prunes rows that all go into one history.</summary>
    /// <returns>The rows, and how many elements of each site's results must be held at once.</returns>
    public static (PlanRow[] Rows, int[] Values) Prune(IReadOnlyList<PlanRow> rows, IReadOnlyList<CacheSite> sites)
    {
        var cells = rows.Select(row => row.Cells.ToArray()).ToArray();
        var values = new int[sites.Count];
        for (var site = 0; site < sites.Count; site++)
            values[site] = PruneSite(cells, site, sites[site].Elements);
        return ([.. rows.Select((row, i) => row with { Cells = [.. cells[i]] })], values);
    }

    /// <summary>
    /// Follows one site's history, newest first. A read takes a prefix of it, so a value below every prefix that is read while
    /// it is there can go without changing what the others find. Differences up to an order are made of as many values as they are.
    /// </summary>
    private static int PruneSite(PlanCell[][] cells, int site, int elements)
    {
        var history = new List<int>(); // the rows that made the values, newest first
        var read = new bool[cells.Length];
        var values = 0;
        for (var row = 0; row < cells.Length; row++)
        {
            var cell = cells[row][site];
            foreach (var producer in history.Take(cell.Depth))
                read[producer] = true;
            values = Math.Max(values, cell.Depth);
            if (cell.Stores)
                history.InsertRange(0, Enumerable.Repeat(row, elements));
        }
        for (var row = 0; row < cells.Length; row++)
        {
            if (cells[row][site] is { IsComputed: true, Stores: true } && !read[row])
                cells[row][site] = PlanCell.Compute;
        }
        return values;
    }
}
