using System.Collections.Immutable;

namespace Afterimage.Tuning;

/// <summary>Makes plans of drafts.</summary>
/// <param name="calibration">What weights are fitted to.</param>
/// <param name="sites">The model's sites.</param>
internal sealed class DraftPlanner(CacheCalibration calibration, IReadOnlyList<CacheSite> sites)
{
    private readonly Func<CacheSite, bool> _isInStacks = CacheSite.InStacks(sites);

    /// <summary>The plan of a draft.</summary>
    /// <param name="draft">As many steps as the calibration has.</param>
    /// <param name="name">What the plan is called.</param>
    public CachePlan Plan(PlanDraft draft, string name)
    {
        CacheConfig[] methods = [.. draft.Kinds.Kinds.Select(kind => Method(draft, kind, name))];
        var plan = CachePlan.Create(
            methods.Length == 0 ? throw new ArgumentException("A draft that skips nothing is no plan.", nameof(draft)) : CacheConfig.Compose(methods),
            calibration.Timesteps, sites, calibration.Layout);
        return Fitted(plan).Named(name) with { Subject = calibration.Subject };
    }

    private CacheMethodConfig Method(PlanDraft draft, SiteKind kind, string name) => new()
    {
        Name = name,
        Selects = site => site.Kind == kind && (KindOrder.DepthOf(kind) > 1 || kind == SiteKind.Guidance || _isInStacks(site)),
        Computes = step => draft.IsComputed(kind, step.Index),
        // What takes the place of these weights is fitted; until then they say how many values are read.
        Predictor = KindOrder.DepthOf(kind) is > 1 and var depth ? Predictor.Linear(depth, ages => [1, .. Enumerable.Repeat(0.0, ages.Count - 1)]) : Predictor.Last,
    };

    /// <summary>The same with the weights that fit best. Attention handed out as it is costs nothing.</summary>
    private CachePlan Fitted(CachePlan plan)
    {
        var computed = plan.Contexts.ToDictionary(context => context, _ => Enumerable.Repeat((int[])[], plan.Sites.Length).ToArray());
        var rows = ImmutableArray.CreateBuilder<PlanRow>(plan.Rows.Length);
        foreach (var row in plan.Rows)
        {
            var kept = computed[row.Context];
            var cells = row.Cells.Select((cell, site) => Fitted(cell, plan.Sites[site].Kind, row.Index, kept[site])).ToImmutableArray();
            rows.Add(row with { Cells = cells });
            for (var site = 0; site < cells.Length; site++)
            {
                if (cells[site].Stores)
                    kept[site] = [row.Index, .. kept[site].Take(KindOrder.DepthOf(plan.Sites[site].Kind) - 1)];
            }
        }
        return plan with { Rows = rows.ToImmutable() };
    }

    private PlanCell Fitted(PlanCell cell, SiteKind kind, int step, int[] kept) => kind switch
    {
        SiteKind.Guidance when cell.Depth > 0 && calibration.Fit(new RegionName(kind, 0)) is { } low && calibration.Fit(new RegionName(kind, 1)) is { } high =>
            PlanCell.Predict(FittedWeights.Of(low, step, kept)[0], FittedWeights.Of(high, step, kept)[0]),
        _ when cell.Depth > 0 && KindOrder.DepthOf(kind) > 1 && calibration.Fit(new RegionName(kind)) is { } products =>
            PlanCell.Predict([.. FittedWeights.Of(products, step, kept)]),
        _ => cell,
    };
}
