using System.Globalization;
using Afterimage.Planning;

namespace Afterimage;

public sealed partial record CachePlan
{
    /// <summary>
    /// This plan for other timesteps: each forward does what the forward of this one did that lies at the same share of the run. Where that would read what is not kept, it
    /// computes. Weights stay as they are.
    /// </summary>
    /// <param name="timesteps">The timesteps of each context's forwards, in order.</param>
    /// <returns>A plan with a note that it was carried over. Nobody has measured what it does.</returns>
    /// <exception cref="ArgumentException">There are no timesteps, or one is not finite.</exception>
    /// <exception cref="InvalidOperationException">The plan keeps differences, whose intervals belong to its own steps.</exception>
    public CachePlan CarriedTo(IReadOnlyList<double> timesteps)
    {
        CachePlanner.CheckTimesteps(timesteps);
        if (Slots.Any(slot => slot.HoldsDifferences))
            throw new InvalidOperationException($"The plan of {Method} keeps differences over its own steps, which other steps do not have: plan its config for {timesteps.Count} timesteps instead.");
        var contexts = Contexts.Select(context => RowsOf(context).ToArray()).ToArray();
        var kept = contexts.Select(_ => new int[Sites.Length]).ToArray();
        var rows = timesteps.SelectMany((timestep, step) => contexts.Select((own, context) => Row(own, kept[SharesStateAcrossContexts ? 0 : context], timestep, step))).ToArray();
        return this with
        {
            Rows = [.. rows],
            Notes =
            [
                .. Notes,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"carried over from {Timesteps.Length} timesteps ({Timesteps[0]} to {Timesteps[^1]}) to {timesteps.Count} ({timesteps[0]} to {timesteps[^1]}): what it does to results was not measured."),
            ],
        };

        PlanRow Row(PlanRow[] own, int[] held, double timestep, int step)
        {
            // The first and the last go to the first and the last.
            var share = timesteps.Count == 1 ? 0 : (double)step / (timesteps.Count - 1);
            var source = own[(int)Math.Round(share * (own.Length - 1))];
            // With a site in it that reads too much, whatever is around it or beside it could go wrong: the whole forward is computed.
            var reads = Enumerable.Range(0, Sites.Length).All(site => source.Cells[site].Depth <= held[site]);
            var cells = reads && step > 0 ? source.Cells : [.. own[0].Cells.Select((cell, site) => Slots[site].Values > 0 ? PlanCell.ComputeAndStore : cell)];
            for (var site = 0; site < Sites.Length; site++)
                held[site] = Math.Min(Slots[site].Values, held[site] + (cells[site].Stores ? Sites[site].Elements : 0));
            return new PlanRow(source.Context, step, timestep, [.. cells.Select((cell, site) => cell.IsComputed && Slots[site].Values > 0 ? PlanCell.ComputeAndStore : cell)]);
        }
    }
}
