using Afterimage.Planning;

namespace Afterimage;

/// <summary>What a rank exchanges with the others, before a run begins.</summary>
/// <param name="Collectives">How many times all ranks meet in the whole run.</param>
/// <param name="Bytes">What this rank gets from the others in the whole run.</param>
/// <param name="MostBytes">What it gets in the step in which that is the most.</param>
public sealed record ParallelTraffic(long Collectives, long Bytes, long MostBytes)
{
    // The plan's own comparison, as the run begins.
    private const long AtTheBeginning = 1;

    // Queries, keys and values on the way to the heads, and what comes of them on the way back.
    private const long TensorsOfAttention = 4;

    /// <summary>
    /// Of a rank that runs a plan. Where a method decides while it runs, all is taken to be computed, and each decision before which the rank has something to compare is one
    /// collective more.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="profile">The model's, of both branches of guidance where they are in one batch.</param>
    /// <param name="layout">Which rank computes what.</param>
    /// <param name="elementSize">The bytes of a number of the model's type.</param>
    /// <exception cref="ArgumentException">The profile lacks one of the plan's sites.</exception>
    /// <exception cref="NotSupportedException">Half of the ranks would wait for the others.</exception>
    public static ParallelTraffic Of(CachePlan plan, ModelProfile profile, ParallelLayout layout, int elementSize = 2)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(layout);
        layout.Validate();
        if (layout.Guidance > 1 && CacheSite.KeepsGuidance(plan.Sites, plan.Slots))
            throw ParallelRules.Idle(layout);
        var elements = profile.Sites.ToDictionary(site => site.Name, site => site.Elements);
        var isSequential = plan.Layout == GuidanceLayout.Sequential;
        // Of two calls a step, a rank of one branch makes one.
        var branches = layout.Guidance > 1 && isSequential ? plan.Rows.Where(row => row.Context == plan.Contexts[0]) : plan.Rows;
        var steps = branches.Select(Exchanges).GroupBy(each => each.Step, (_, rows) => rows.Aggregate((all, row) => (row.Step, all.Count + row.Count, all.Bytes + row.Bytes))).ToArray();
        return new ParallelTraffic(AtTheBeginning + steps.Sum(step => step.Count), (long)steps.Sum(step => step.Bytes), (long)steps.Max(step => step.Bytes));

        (int Step, long Count, double Bytes) Exchanges(PlanRow row)
        {
            var (count, bytes) = (0L, 0.0);
            // In a batch of both branches, each half of the ranks has one.
            var share = layout.Guidance > 1 && !isSequential ? 0.5 : 1.0;
            if (layout.Sequence > 1)
            {
                var others = (layout.Sequence - 1.0) / layout.Sequence;
                for (var site = 0; site < plan.Sites.Length; site++)
                {
                    if (plan.Sites[site].Kind != SiteKind.SpatialAttention || !row.Cells[site].IsComputed)
                        continue;
                    if (!elements.TryGetValue(plan.Sites[site].Name, out var result))
                        throw new ArgumentException($"The profile has no site {plan.Sites[site].Name}; it is one of another model.", nameof(profile));
                    count += 2;
                    bytes += TensorsOfAttention * share * result * elementSize / layout.Sequence * others;
                }
                if (plan.Sites.Zip(row.Cells).All(each => each.First.Kind != SiteKind.Model || each.Second.IsComputed))
                {
                    count++;
                    bytes += share * profile.OutputElements * elementSize * others;
                }
            }
            if (layout.Guidance > 1)
            {
                count++;
                // Two calls hand the scheduler's float32 to each other.
                bytes += isSequential ? profile.OutputElements * sizeof(float) : share * profile.OutputElements * elementSize;
            }
            return (row.Index, count, bytes);
        }
    }
}
