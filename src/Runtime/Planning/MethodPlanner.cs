using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>A method of a selector, a schedule and a predictor.</summary>
internal sealed class MethodPlanner : CachePlanner
{
    private readonly CacheMethodConfig _method;
    private readonly ImmutableArray<CacheSite> _sites;
    private readonly PerContext<SiteTurns> _turns;

    /// <param name="method">The method.</param>
    /// <param name="sites">The model's sites.</param>
    /// <param name="notes">What is worth a note of how the method was made.</param>
    /// <exception cref="ArgumentException">It selects no site.</exception>
    public MethodPlanner(CacheMethodConfig method, IReadOnlyList<CacheSite> sites, params ImmutableArray<string> notes)
        : base(sites, method.ShareStateAcrossContexts)
    {
        (_method, _sites, Notes) = (method, [.. sites], notes);
        Slots = [.. sites.Select(site => !method.Selects(site) ? default : site.Kind == SiteKind.Guidance ? SlotLayout.OfGuidance : method.Predictor.Layout)];
        if (Slots.All(slot => slot.Values == 0))
            throw new ArgumentException(
                $"{method.Name} selects no site of the model. The kinds of its sites: {Listing.Of(sites.Select(site => $"{site.Kind}").Distinct())}.", nameof(method));
        if (KeepsConditionalHalf && method.Predictor != Predictor.Last)
            throw new ArgumentException(
                $"{method.Name} selects guidance, of which one difference is kept, for {nameof(Predictor)}.{nameof(Predictor.Last)} alone. Give the other sites a method of their own, and compose the two.",
                nameof(method));
        _turns = new(method.ShareStateAcrossContexts, () => new SiteTurns(sites.Count, method.Predictor.Begin));
    }

    public override string Method => _method.Name;

    public override ImmutableArray<string> Notes { get; }

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    public override void TakeBack(PlanRow row) => _turns[row.Context].TakeBack(row);

    internal override PlanCell Guide(PlannedForward forward) =>
        !KeepsConditionalHalf ? PlanCell.Compute : Next(forward, _sites.Length - 1).IsComputed ? PlanCell.ComputeAndStore : PlanCell.Predict(1, 1);

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward) =>
        [.. _sites.Select((site, i) => Slots[i].Values == 0 || site.Kind == SiteKind.Guidance ? PlanCell.Compute : Next(forward, i))];

    private PlanCell Next(PlannedForward forward, int site) => _turns[forward.Context].Next(
        forward, site, isDue: _method.Computes(new CacheStep(forward.Iteration, forward.Timestep, _sites[site])));
}
