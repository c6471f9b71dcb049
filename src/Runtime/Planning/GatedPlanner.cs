using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>A method that decides after the first blocks whether those between them and the last run.</summary>
internal abstract class GatedPlanner : DecidingPlanner
{
    private readonly CacheConfig _config;
    private readonly ImmutableArray<bool> _isBetween;

    protected GatedPlanner(CacheConfig config, IReadOnlyList<CacheSite> sites, StackGate gate)
        : base(config, sites, SiteKind.BlockStack)
    {
        (_config, Gate) = (config, gate);
        string[] stacks = [.. sites.Where(site => site.Kind == SiteKind.BlockStack).Select(site => site.Name)];
        var blocks = sites.Select(site => BlockNumber.Of(site, stacks)).ToArray();
        CheckLength(stacks, blocks);
        _isBetween = [.. blocks.Select(each => each is var (stack, block) && IsBetween(stacks, blocks, stack, block))];
    }

    public override StackGate? Gate { get; }

    protected override bool[] Inside(IReadOnlyList<PlanCell> skipped) => [.. _isBetween];

    private bool IsBetween(string[] stacks, (string Stack, int Block)?[] blocks, string stack, int block) =>
        (stack != stacks[0] || block >= Gate!.Value.Head) && (stack != stacks[^1] || block < CountOf(blocks, stack) - Gate!.Value.Tail);

    private void CheckLength(string[] stacks, (string Stack, int Block)?[] blocks)
    {
        var (first, last) = (CountOf(blocks, stacks[0]), CountOf(blocks, stacks[^1]));
        var fits = stacks.Length == 1 ? Gate!.Value.Head + Gate.Value.Tail < first || first == 0 : Gate!.Value.Head <= first && Gate.Value.Tail <= last;
        if (!fits)
            throw new ArgumentException(
                $"{_config.GetType().Name} always runs the first {Gate.Value.Head} and the last {Gate.Value.Tail} blocks, and the model has "
                + $"{string.Join(" and ", stacks.Select(stack => $"{CountOf(blocks, stack)} in {stack}"))}: nothing is left to skip.");
    }

    private static int CountOf((string Stack, int Block)?[] blocks, string stack) =>
        blocks.Where(block => block?.Stack == stack).Max(block => block?.Block) + 1 ?? 0;
}
