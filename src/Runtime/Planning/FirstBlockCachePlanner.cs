using System.Collections.Immutable;
using System.Globalization;

namespace Afterimage.Planning;

/// <summary>First-block caching, and its form with several first and last blocks.</summary>
internal sealed class FirstBlockCachePlanner : GatedPlanner
{
    private readonly int _warmup;
    private readonly int? _most;
    private readonly int? _mostInARow;
    private readonly Dictionary<string, (int Skipped, int InARow)> _history = [];

    public FirstBlockCachePlanner(FirstBlockCacheConfig config, IReadOnlyList<CacheSite> sites)
        : base(config, sites, new StackGate(Head: 1, Tail: 0)) => (Rule, Method) = (new FirstBlocksRule(config.Threshold), "First-block cache");

    public FirstBlockCachePlanner(DBCacheConfig config, IReadOnlyList<CacheSite> sites)
        : base(config, sites, new StackGate(config.FnComputeBlocks, config.BnComputeBlocks))
    {
        (Rule, Method, _warmup) = (new FirstBlocksRule(config.ResidualDiffThreshold), "DBCache", config.MaxWarmupSteps);
        _most = config.MaxCachedSteps < 0 ? null : config.MaxCachedSteps;
        _mostInARow = config.MaxContinuousCachedSteps < 0 ? null : config.MaxContinuousCachedSteps;
    }

    public override string Method { get; }

    public override ImmutableArray<string> Notes =>
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"It decides while it runs: from forward {Math.Max(1, _warmup)} on a forward skips the blocks between the first {Gate!.Value.Head} and the last {Gate.Value.Tail} ")
            + string.Create(CultureInfo.InvariantCulture, $"where what the first added is within {Rule.Threshold:0.####} of what they added at the last that computed")
            + (_mostInARow is { } row ? $", {row} in a row at most" : "") + (_most is { } all ? $", {all} in all at most." : "."),
    ];

    public override DecisionRule Rule { get; }

    public override void Decided(PlanRow row, bool skipped)
    {
        var (all, inARow) = _history.GetValueOrDefault(row.Context);
        _history[row.Context] = skipped ? (all + 1, inARow + 1) : (all, 0);
    }

    protected override bool MaySkip(string context, int forward)
    {
        var (skipped, inARow) = _history.GetValueOrDefault(context);
        return forward >= _warmup && !(skipped >= _most) && !(inARow >= _mostInARow);
    }
}
