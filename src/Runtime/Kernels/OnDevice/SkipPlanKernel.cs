using ILGPU;

namespace Afterimage.Kernels.OnDevice;

/// <summary>One thread decides one cell: what one site, or the unconditional half, does at one forward.</summary>
internal static class SkipPlanKernel
{
    /// <summary>Decides a cell of a table of forwards × (the unconditional half, and then the sites).</summary>
    /// <param name="i">The cell, row by row.</param>
    /// <param name="timesteps">Per forward.</param>
    /// <param name="iterations">Per forward: how many went into its history before it.</param>
    /// <param name="histories">Per forward: which history it uses.</param>
    /// <param name="skipRanges">Per column: every n-th forward is computed; 0 where all are.</param>
    /// <param name="lows">Per column: the open lower end of the timesteps that may be skipped.</param>
    /// <param name="highs">Per column: the open upper end.</param>
    /// <param name="extrapolates">1 where a skipped site combines its last two results, 0 where it hands out the last.</param>
    /// <param name="cells">The decisions: 1 where the half is left out, a <see cref="SiteAction"/> of a site.</param>
    public static void Decide(
        Index1D i, ArrayView<double> timesteps, ArrayView<int> iterations, ArrayView<int> histories,
        ArrayView<int> skipRanges, ArrayView<double> lows, ArrayView<double> highs, int extrapolates, ArrayView<byte> cells)
    {
        var columns = (int)skipRanges.Length;
        var (forward, column) = (i / columns, i % columns);
        if (column == 0)
        {
            cells[i] = Skips(timesteps[forward], iterations[forward], skipRanges[0], lows[0], highs[0]) ? (byte)1 : (byte)0;
            return;
        }

        // The column is lived through up to this forward: two results are needed to extrapolate, and a reuse makes them one.
        var (kept, action) = (0, (byte)SiteAction.Compute);
        for (var past = 0; past <= forward; past++)
        {
            if (histories[past] != histories[forward])
                continue;
            var (timestep, iteration) = (timesteps[past], iterations[past]);
            var mayReuse = skipRanges[0] == 0 || Skips(timestep, iteration, skipRanges[0], lows[0], highs[0]);
            if (!mayReuse || !Skips(timestep, iteration, skipRanges[column], lows[column], highs[column]))
                (kept, action) = (IntrinsicMath.Min(kept + 1, 2), (byte)SiteAction.Compute);
            else if (extrapolates != 0 && kept == 2)
                action = (byte)SiteAction.Combine;
            else
                (kept, action) = (1, (byte)SiteAction.Reuse);
        }
        cells[i] = action;
    }

    private static bool Skips(double timestep, int iteration, int skipRange, double low, double high) =>
        skipRange > 0 && iteration > 0 && iteration % skipRange != 0 && low < timestep && timestep < high;
}
