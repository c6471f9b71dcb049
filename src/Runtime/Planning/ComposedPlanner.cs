using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>Several methods on one model. Those that leave out most decide first, and the others are told what is left out.</summary>
internal sealed class ComposedPlanner : CachePlanner
{
    private readonly ImmutableArray<CachePlanner> _planners;
    private readonly ImmutableArray<int> _owners;
    private readonly CachePlanner? _guidance;

    public ComposedPlanner(ComposedCacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
        : base(sites, config.ShareStateAcrossContexts)
    {
        var planners = config.Parts
            .Select(part => Create(part with { ShareStateAcrossContexts = config.ShareStateAcrossContexts }, sites, layout))
            .OrderBy(planner => sites.Select((site, i) => planner.Slots[i].Values > 0 ? Nesting(sites, site) : int.MaxValue).Min());
        _planners = [.. planners];
        if (_planners.FirstOrDefault(planner => !planner.IsStatic) is { } decides)
            throw new ArgumentException(
                $"{decides.Method} decides while it runs, and nothing can be composed with it. Run it alone, and compose the plan of what it did "
                + $"({nameof(CacheRun)}.{nameof(CacheRun.Recorded)}) as a {nameof(StepMaskConfig)}.", nameof(config));
        var halving = _planners.Where(planner => planner.KeepsConditionalHalf).ToArray();
        if (halving.Length > 1)
            throw new ArgumentException($"Both {halving[0].Method} and {halving[1].Method} skip the unconditional half of guidance. Give one of them.", nameof(config));
        _guidance = halving.FirstOrDefault();
        _owners = [.. sites.Select((site, i) => OwnerOf(site, i))];
        Slots = [.. sites.Select((_, i) => _owners[i] < 0 ? default : _planners[_owners[i]].Slots[i])];
    }

    public override string Method => string.Join(" + ", _planners.Select(planner => planner.Method));

    public override ImmutableArray<string> Notes => [.. _planners.SelectMany(planner => planner.Notes).Distinct()];

    public override bool KeepsConditionalHalf => _guidance is not null;

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [.. _planners.SelectMany(planner => planner.Ranges)];

    internal override GuidanceCell Guide(PlannedForward forward) => _guidance?.Guide(forward) ?? GuidanceCell.Full;

    // Where guidance runs in full its difference is kept, which is to be one of fresh values.
    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var wantsFresh = _guidance is not null && forward.Guidance.Action != GuidanceAction.SkipUnconditional;
        var cells = Enumerable.Repeat(PlanCell.Compute, _owners.Length).ToArray();
        for (var i = 0; i < _planners.Length; i++)
        {
            var wanted = _planners[i].Decide(forward with { LeftOut = LeftOut(cells), ComputesAll = wantsFresh && _planners[i] != _guidance });
            for (var site = 0; site < cells.Length; site++)
            {
                if (_owners[site] == i)
                    cells[site] = wanted[site];
            }
        }
        return [.. cells];
    }

    private int OwnerOf(CacheSite site, int index)
    {
        var owners = Enumerable.Range(0, _planners.Length).Where(planner => _planners[planner].Slots[index].Values > 0).ToArray();
        return owners.Length <= 1
            ? owners.FirstOrDefault(-1)
            : throw new ArgumentException(
                $"Both {_planners[owners[0]].Method} and {_planners[owners[1]].Method} claim {site.Name}. Set the ranges or identifiers of one of them so that it leaves it alone.");
    }

    /// <summary>How many sites can leave this one out.</summary>
    private static int Nesting(IReadOnlyList<CacheSite> sites, CacheSite site)
    {
        var outer = sites.FirstOrDefault(other => other.Name == site.LeftOutWith);
        return outer is null ? 0 : 1 + Nesting(sites, outer);
    }
}
