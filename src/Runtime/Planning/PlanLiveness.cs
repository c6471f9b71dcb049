using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// Takes out of finished rows what nothing reads: results that are kept and never used, and guidance differences that no
/// skipped forward is rebuilt from.
/// </summary>
internal static class PlanLiveness
{
    /// <summary>Prunes rows that all go into one history.</summary>
    /// <returns>The rows, and how many results of each site must be held at once.</returns>
    public static (PlanRow[] Rows, int[] Values) Prune(IReadOnlyList<PlanRow> rows)
    {
        var sites = rows[0].Cells.Length;
        var cells = rows.Select(row => row.Cells.ToArray()).ToArray();
        var values = new int[sites];
        for (var site = 0; site < sites; site++)
            values[site] = PruneSite(cells, site);
        var guidance = PruneGuidance(rows);
        return ([.. rows.Select((row, i) => row with { Guidance = guidance[i], Cells = [.. cells[i]] })], values);
    }

    /// <summary>
    /// Follows one site's history, newest first. A read takes a prefix of it, so a value below every prefix that is read while
    /// it is there can go without changing what the others find. Differences up to an order are made of as many values as they are.
    /// </summary>
    private static int PruneSite(PlanCell[][] cells, int site)
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
                history.Insert(0, row);
        }
        for (var row = 0; row < cells.Length; row++)
        {
            if (cells[row][site] is { IsComputed: true, Stores: true } && !read[row])
                cells[row][site] = PlanCell.Compute;
        }
        return values;
    }

    private static GuidanceCell[] PruneGuidance(IReadOnlyList<PlanRow> rows)
    {
        var result = rows.Select(row => row.Guidance).ToArray();
        var isRead = false;
        for (var row = rows.Count - 1; row >= 0; row--)
        {
            var action = result[row].Action;
            if (action == GuidanceAction.FullAndStore && !isRead)
                result[row] = GuidanceCell.Full;
            isRead = action == GuidanceAction.SkipUnconditional || (isRead && action == GuidanceAction.Full);
        }
        return result;
    }
}
