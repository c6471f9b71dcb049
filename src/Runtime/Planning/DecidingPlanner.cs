using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// A method that decides while it runs: of every forward there are two rows, both made ahead, one that computes and one that skips the sites of one kind.
/// </summary>
internal abstract class DecidingPlanner : CachePlanner
{
    private readonly ImmutableArray<PlanCell> _computes;
    private readonly Lazy<bool[]> _leftOut;
    private (ImmutableArray<PlanCell> Of, ImmutableArray<PlanCell> Cells) _skipped;

    protected DecidingPlanner(CacheConfig config, IReadOnlyList<CacheSite> sites, SiteKind kind)
        : base(sites, config.ShareStateAcrossContexts)
    {
        Slots = [.. sites.Select(site => new SlotLayout(site.Kind == kind ? 1 : 0))];
        if (Slots.All(slot => slot.Values == 0))
            throw new ArgumentException(
                $"{config.GetType().Name} needs " + (kind == SiteKind.Model
                    ? "a model whose output has the shape of its latents, and none of this one's parameters is marked [Latents]."
                    : "a stack of blocks, and the model marks none ([BlockStack])."), nameof(sites));
        _computes = [.. Slots.Select(slot => slot.Values > 0 ? PlanCell.ComputeAndStore : PlanCell.Compute)];
        _leftOut = new(() => Inside([.. Slots.Select(slot => slot.Values > 0 ? PlanCell.Reuse : PlanCell.Compute)]));
    }

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    /// <summary>What is decided on.</summary>
    public abstract override DecisionRule Rule { get; }

    public override bool Decides(int site) => Slots[site].Values > 0;

    public override PlanRow? Skipped(PlanRow row)
    {
        if (row.Index == 0 || !MaySkip(row.Context, row.Index))
            return null;
        // Most rows are of the same cells.
        if (_skipped.Of != row.Cells)
            _skipped = (row.Cells, Skip(row.Cells));
        return row with { Cells = _skipped.Cells };
    }

    /// <summary>Whether a forward that is not the first may be skipped at all.</summary>
    /// <param name="context">Its cache context.</param>
    /// <param name="forward">Which of the context's it is.</param>
    protected abstract bool MaySkip(string context, int forward);

    /// <summary>The sites that do not run where this method's are skipped.</summary>
    protected virtual bool[] Inside(IReadOnlyList<PlanCell> skipped) => LeftOut(skipped);

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward) => _computes;

    private ImmutableArray<PlanCell> Skip(ImmutableArray<PlanCell> cells) =>
        [.. cells.Select((cell, site) => Slots[site].Values > 0 ? PlanCell.Reuse : _leftOut.Value[site] ? PlanCell.LeftOut : cell)];
}
