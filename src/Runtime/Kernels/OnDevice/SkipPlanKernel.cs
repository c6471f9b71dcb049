using ILGPU;
using ILGPU.Util;

namespace Afterimage.Kernels.OnDevice;

/// <summary>One thread decides one cell: what one site, or the unconditional half, does at one forward.</summary>
internal static class SkipPlanKernel
{
    /// <summary>Decides a cell of a table of forwards × (the unconditional half, and then the sites), row by row.</summary>
    /// <param name="timesteps">Per forward.</param>
    /// <param name="iterations">Per forward: how many went into its history before it.</param>
    /// <param name="histories">Per forward: which history it uses.</param>
    /// <param name="skipRanges">Per column: every n-th forward is computed; 0 where all are.</param>
    /// <param name="lows">Per column: the open lower end of the timesteps that may be skipped.</param>
    /// <param name="highs">Per column: the open upper end.</param>
    /// <param name="extrapolates">1 where a skipped site combines its last two results, 0 where it hands out the last.</param>
    /// <param name="cells">The decisions: 1 where the half is left out, a <see cref="SiteAction"/> of a site.</param>
    /// <remarks>
    /// Threads live through different numbers of forwards, and ILGPU declares branches to be taken alike by all threads where
    /// the values compared look it. So the loop is the only branch within, and its bound comes from the thread's own place.
    /// </remarks>
    public static void Decide(
        ArrayView<double> timesteps, ArrayView<int> iterations, ArrayView<int> histories,
        ArrayView<int> skipRanges, ArrayView<double> lows, ArrayView<double> highs, int extrapolates, ArrayView<byte> cells)
    {
        var i = Grid.GlobalIndex.X;
        if (i >= cells.Length)
            return;
        var columns = (int)skipRanges.Length;
        var (forward, column) = (i / columns, i % columns);

        // The column is lived through up to this forward: two results are needed to extrapolate, and a reuse makes them one.
        var (kept, action) = (0, (int)SiteAction.Compute);
        for (var past = 0; past <= forward; past++)
        {
            var (timestep, iteration) = (timesteps[past], iterations[past]);
            var mayReuse = skipRanges[0] == 0 | Skips(timestep, iteration, skipRanges[0], lows[0], highs[0]);
            var skips = mayReuse & Skips(timestep, iteration, skipRanges[column], lows[column], highs[column]);
            var combines = extrapolates != 0 & kept == 2;
            action = Utilities.Select(
                skips, Utilities.Select(combines, (int)SiteAction.Combine, (int)SiteAction.Reuse), (int)SiteAction.Compute);
            var keeps = Utilities.Select(skips, Utilities.Select(combines, 2, 1), IntrinsicMath.Min(kept + 1, 2));
            kept = Utilities.Select(histories[past] == histories[forward], keeps, kept);
        }
        var skipsHalf = Skips(timesteps[forward], iterations[forward], skipRanges[0], lows[0], highs[0]);
        cells[i] = (byte)Utilities.Select(column == 0, Utilities.Select(skipsHalf, 1, 0), action);
    }

    private static bool Skips(double timestep, int iteration, int skipRange, double low, double high) =>
        skipRange > 0 & iteration > 0 & iteration % IntrinsicMath.Max(skipRange, 1) != 0 & low < timestep & timestep < high;
}
