using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// A method that decides while it runs: of every forward there are two rows, one that computes and one that skips the stacks between the gate's
/// first and last blocks.
/// </summary>
internal abstract class GatedPlanner : CachePlanner
{
    private readonly CacheConfig _config;
    private readonly ImmutableArray<bool> _isBetween;

    protected GatedPlanner(CacheConfig config, IReadOnlyList<CacheSite> sites, StackGate gate)
        : base(sites, config.ShareStateAcrossContexts)
    {
        (_config, Gate) = (config, gate);
        Slots = [.. sites.Select(site => new SlotLayout(site.Kind == SiteKind.BlockStack ? 1 : 0))];
        if (Slots.All(slot => slot.Values == 0))
            throw new ArgumentException($"{config.GetType().Name} needs a stack of blocks, and the model marks none ([BlockStack]).", nameof(sites));
        var blocks = sites.Select(site => (site.LeftOutWith, Block: site.LeftOutWith is { } stack ? BlockNumber.Of(site, stack) : null)).ToArray();
        string[] stacks = [.. sites.Where(site => site.Kind == SiteKind.BlockStack).Select(site => site.Name)];
        CheckLength(stacks, blocks);
        _isBetween = [.. blocks.Select(each => each.Block is { } block && IsBetween(stacks, blocks, each.LeftOutWith!, block))];
    }

    public override StackGate? Gate { get; }

    public override bool KeepsConditionalHalf => false;

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    /// <summary>Whether the forward that was last asked for may be skipped at all.</summary>
    /// <param name="iteration">Which forward of its history it is.</param>
    /// <param name="context">Its cache context.</param>
    protected abstract bool MaySkip(string context, int iteration);

    public override PlanRow? Skipped(PlanRow row) => row.Index > 0 && MaySkip(row.Context, row.Index)
        ? row with { Cells = [.. row.Cells.Select((cell, site) => Slots[site].Values > 0 ? PlanCell.Reuse : _isBetween[site] ? PlanCell.LeftOut : cell)] }
        : null;

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward) =>
        [.. Slots.Select(slot => slot.Values > 0 ? PlanCell.ComputeAndStore : PlanCell.Compute)];

    private bool IsBetween(string[] stacks, (string? Stack, int? Block)[] blocks, string stack, int block) =>
        (stack != stacks[0] || block >= Gate!.Value.Head) && (stack != stacks[^1] || block < CountOf(blocks, stack) - Gate!.Value.Tail);

    private void CheckLength(string[] stacks, (string? Stack, int? Block)[] blocks)
    {
        var (first, last) = (CountOf(blocks, stacks[0]), CountOf(blocks, stacks[^1]));
        var fits = stacks.Length == 1 ? Gate!.Value.Head + Gate.Value.Tail < first || first == 0 : Gate!.Value.Head <= first && Gate.Value.Tail <= last;
        if (!fits)
            throw new ArgumentException(
                $"{_config.GetType().Name} always runs the first {Gate.Value.Head} and the last {Gate.Value.Tail} blocks, and the model has "
                + $"{string.Join(" and ", stacks.Select(stack => $"{CountOf(blocks, stack)} in {stack}"))}: nothing is left to skip.");
    }

    private static int CountOf((string? Stack, int? Block)[] blocks, string stack) =>
        blocks.Where(block => block.Stack == stack).Max(block => block.Block) + 1 ?? 0;
}
