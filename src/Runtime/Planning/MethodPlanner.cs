using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>A method of a selector, a schedule and a predictor.</summary>
internal sealed class MethodPlanner : CachePlanner
{
    private readonly CacheMethodConfig _method;
    private readonly ImmutableArray<CacheSite> _sites;
    private readonly PerContext<(Forecast Forecast, bool IsDue)[]> _forecasts;

    /// <param name="method">The method.</param>
    /// <param name="sites">The model's sites.</param>
    /// <param name="notes">What is worth a note of how the method was made.</param>
    /// <exception cref="ArgumentException">It selects no site.</exception>
    public MethodPlanner(CacheMethodConfig method, IReadOnlyList<CacheSite> sites, params ImmutableArray<string> notes)
        : base(sites, method.ShareStateAcrossContexts)
    {
        (_method, _sites, Notes) = (method, [.. sites], notes);
        Slots = [.. sites.Select(site => method.Selects(site) ? method.Predictor.Layout : default)];
        if (Slots.All(slot => slot.Values == 0))
            throw new ArgumentException(
                $"{method.Name} selects no site of the model. Its sites are of the kinds {string.Join(", ", sites.Select(site => site.Kind).Distinct())}.", nameof(method));
        _forecasts = new(method.ShareStateAcrossContexts, () => [.. sites.Select(_ => (method.Predictor.Begin(), IsDue: true))]);
    }

    public override string Method => _method.Name;

    public override ImmutableArray<string> Notes { get; }

    public override bool KeepsConditionalHalf => false;

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var forecasts = _forecasts[forward.Context];
        var cells = ImmutableArray.CreateBuilder<PlanCell>(_sites.Length);
        for (var site = 0; site < _sites.Length; site++)
            cells.Add(Slots[site].Values == 0 ? PlanCell.Compute : CellOf(ref forecasts[site], site, forward));
        return cells.MoveToImmutable();
    }

    // A site that was left out in its turn is computed as soon as it is asked for again.
    private PlanCell CellOf(ref (Forecast Forecast, bool IsDue) state, int site, PlannedForward forward)
    {
        state.IsDue |= forward.ComputesAll || _method.Computes(new CacheStep(forward.Iteration, forward.Timestep, _sites[site]));
        if (forward.LeftOut[site])
            return PlanCell.LeftOut;
        var isDue = state.IsDue;
        state.IsDue = false;
        return isDue ? state.Forecast.Compute(forward.Iteration) : state.Forecast.Predict(forward.Iteration);
    }
}
