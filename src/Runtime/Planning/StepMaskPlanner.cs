using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>A mask over the steps.</summary>
internal sealed class StepMaskPlanner : CachePlanner
{
    private readonly string _mask;
    private readonly PerContext<SiteTurns> _turns;

    public StepMaskPlanner(StepMaskConfig config, IReadOnlyList<CacheSite> sites)
        : base(sites, config.ShareStateAcrossContexts)
    {
        _mask = config.Digits;
        _turns = new PerContext<SiteTurns>(config.ShareStateAcrossContexts, () => new SiteTurns(sites.Count));
        Slots = SlotsOf(sites, config.Kind, $"{nameof(StepMaskConfig)}.{nameof(config.Kind)}");
    }

    public override string Method => "Step mask";

    public override ImmutableArray<string> Notes => [];

    public override bool KeepsConditionalHalf => false;

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    public override ImmutableArray<SlotLayout> Slots { get; }

    /// <summary>Room for one value of every site of a kind.</summary>
    /// <exception cref="ArgumentException">The model has none.</exception>
    public static ImmutableArray<SlotLayout> SlotsOf(IReadOnlyList<CacheSite> sites, SiteKind kind, string who) => sites.Any(site => site.Kind == kind)
        ? [.. sites.Select(site => new SlotLayout(site.Kind == kind ? 1 : 0))]
        : throw new ArgumentException(
            $"{who} needs a site of kind {kind}, and the model has none. Kinds: {string.Join(", ", sites.Select(site => site.Kind).Distinct())}.", nameof(sites));

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        if (forward.Iteration >= _mask.Length)
            throw new InvalidOperationException(
                $"{nameof(StepMaskConfig)}.{nameof(StepMaskConfig.Mask)} has {_mask.Length} digits, and the run has more forwards. Give one digit per forward.");
        var turns = _turns[forward.Context];
        var isDue = _mask[forward.Iteration] == '1';
        return [.. Slots.Select((slot, site) => slot.Values == 0 ? PlanCell.Compute : turns.Next(forward, site, isDue))];
    }
}
