using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>Several methods on one model. Those that leave out most decide first, and the others are told what is left out.</summary>
internal sealed class ComposedPlanner : CachePlanner
{
    private readonly ImmutableArray<CachePlanner> _planners;
    private readonly ImmutableArray<int> _owners;
    private readonly CachePlanner? _guidance;
    private readonly CachePlanner? _decides;

    public ComposedPlanner(ComposedCacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout, int? steps)
        : base(sites, config.ShareStateAcrossContexts)
    {
        var planners = config.Parts
            .Select(part => Create(part with { ShareStateAcrossContexts = config.ShareStateAcrossContexts, ReusePromptProjections = false }, sites, layout, steps))
            .OrderBy(planner => sites.Select((site, i) => planner.Slots[i].Values > 0 && site.Kind != SiteKind.Guidance ? Outer(i).Count() : int.MaxValue).DefaultIfEmpty(int.MaxValue).Min());
        _planners = [.. planners];
        _guidance = _planners.FirstOrDefault(planner => planner.KeepsConditionalHalf);
        _owners = [.. sites.Select((site, i) => OwnerOf(site, i))];
        _decides = Deciding(sites);
        Slots = [.. sites.Select((_, i) => _owners[i] < 0 ? default : _planners[_owners[i]].Slots[i])];
    }

    public override string Method => string.Join(" + ", _planners.Select(planner => planner.Method));

    public override ImmutableArray<string> Notes => [.. _planners.SelectMany(planner => planner.Notes).Distinct()];

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [.. _planners.SelectMany(planner => planner.Ranges)];

    internal override PlanCell Guide(PlannedForward forward) => _guidance?.Guide(forward) ?? PlanCell.Compute;

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var cells = Enumerable.Repeat(PlanCell.Compute, _owners.Length).ToArray();
        for (var i = 0; i < _planners.Length; i++)
        {
            var wanted = _planners[i].Decide(forward with { LeftOut = LeftOut(cells) });
            for (var site = 0; site < cells.Length; site++)
            {
                if (_owners[site] == i)
                    cells[site] = wanted[site];
            }
        }
        return [.. cells];
    }

    public override StackGate? Gate => _decides?.Gate;

    public override DecisionRule? Rule => _decides?.Rule;

    public override bool Decides(int site) => _decides?.Decides(site) == true;

    public override bool RowsDependOnDecisions => _decides is not null;

    public override PlanRow? Skipped(PlanRow row) => _decides?.Skipped(row);

    public override void Decided(PlanRow row, bool skipped)
    {
        _decides?.Decided(row, skipped);
        if (!skipped)
            return;
        foreach (var planner in _planners.Where(planner => planner != _decides))
            planner.TakeBack(row);
    }

    /// <summary>The method that decides while it runs. It goes first, and the others' sites are inside of what it skips or outside of what skips it.</summary>
    private CachePlanner? Deciding(IReadOnlyList<CacheSite> sites)
    {
        var deciding = _planners.Where(planner => planner.Rule is not null).ToArray();
        if (deciding.Length == 0)
            return null;
        var decides = deciding[0];
        if (deciding.Length > 1)
            throw new ArgumentException($"Both {decides.Method} and {deciding[1].Method} decide while they run. Give one of them, or a plan of what one did as a {nameof(StepMaskConfig)}.");
        if (_planners.FirstOrDefault(planner => planner is FasterCachePlanner || planner.KeepsConditionalHalf) is { } ahead)
            throw new ArgumentException(
                $"{decides.Method} decides while it runs, and {ahead.Method} plans each forward on what the ones before it kept. Run {decides.Method} alone, and compose the plan of what it did "
                + $"({nameof(CacheRun)}.{nameof(CacheRun.Recorded)}) as a {nameof(StepMaskConfig)}.");
        for (var site = 0; site < sites.Count; site++)
        {
            if (decides.Slots[site].Values > 0 && Outer(site).FirstOrDefault(outer => _owners[outer] >= 0, -1) is >= 0 and var outer)
                throw new ArgumentException(
                    $"{decides.Method} decides while it runs whether {sites[site].Name} does, which {_planners[_owners[outer]].Method} leaves out where it skips {sites[outer].Name}. Give one of them.");
        }
        return decides;
    }

    private int OwnerOf(CacheSite site, int index)
    {
        var owners = Enumerable.Range(0, _planners.Length).Where(planner => _planners[planner].Slots[index].Values > 0).ToArray();
        return owners.Length <= 1
            ? owners.FirstOrDefault(-1)
            : throw new ArgumentException(
                $"Both {_planners[owners[0]].Method} and {_planners[owners[1]].Method} claim {site.Name}. "
                + (site.Kind == SiteKind.Guidance ? "Give one of them." : "Set the ranges or identifiers of one of them so that it leaves it alone."));
    }

}
