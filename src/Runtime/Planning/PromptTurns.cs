using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// The sites that are made of the prompt alone and that no method claims: computed when they are first asked for, and handed out from then on. What decides while
/// it runs skips nothing in a history's first forward, so what is computed there is there.
/// </summary>
internal sealed class PromptTurns
{
    private readonly int[] _sites;
    private readonly PerContext<bool[]> _kept;
    private (ImmutableArray<PlanCell> Of, ImmutableArray<PlanCell> Cells) _steady;

    /// <param name="sites">The model's sites.</param>
    /// <param name="claims">How the method keeps results.</param>
    /// <param name="slot">How what is made of the prompt is kept.</param>
    /// <param name="shared">Whether all contexts have one history.</param>
    /// <param name="layout">How guidance reaches the model.</param>
    public PromptTurns(IReadOnlyList<CacheSite> sites, IReadOnlyList<SlotLayout> claims, SlotLayout slot, bool shared, GuidanceLayout layout)
    {
        int[] free = [.. Enumerable.Range(0, sites.Count).Where(site => sites[site].Kind == SiteKind.PromptProjection && claims[site].Values == 0)];
        // One history of two calls a step would be one of two prompts.
        _sites = shared && layout == GuidanceLayout.Sequential ? [] : Array.FindAll(free, site => sites[site].PromptIsMarked);
        _kept = new PerContext<bool[]>(shared, () => new bool[sites.Count]);
        Notes = Array.Exists(free, site => !sites[site].PromptIsMarked)
            ? ["What the model makes of its prompt alone ([PromptProjection]) is computed at every forward: no parameter of its forward is marked [Prompt]."]
            : [];
        Slots = [.. claims.Select((claim, site) => _sites.Contains(site) ? slot : claim)];
    }

    /// <summary>What a user should know.</summary>
    public ImmutableArray<string> Notes { get; }

    /// <summary>How results are kept: as the method does, and of these sites one value, as it comes.</summary>
    public ImmutableArray<SlotLayout> Slots { get; }

    /// <summary>The cells of a forward, with those of these sites.</summary>
    /// <param name="context">The forward's cache context.</param>
    /// <param name="cells">What the method says.</param>
    /// <param name="leftOut">The sites that nobody asks for a value.</param>
    public ImmutableArray<PlanCell> Next(string context, ImmutableArray<PlanCell> cells, bool[] leftOut)
    {
        if (_sites.Length == 0)
            return cells;
        var kept = _kept[context];
        var isSteady = Array.TrueForAll(_sites, site => kept[site] && !leftOut[site]);
        if (isSteady && _steady.Of == cells)
            return _steady.Cells;
        var result = cells.ToBuilder();
        foreach (var site in _sites)
        {
            if (leftOut[site])
                continue;
            result[site] = kept[site] ? PlanCell.Reuse : PlanCell.ComputeAndStore;
            kept[site] = true;
        }
        var next = result.MoveToImmutable();
        if (isSteady)
            _steady = (cells, next);
        return next;
    }
}
