using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// Pyramid Attention Broadcast, as diffusers' <c>PyramidAttentionBroadcastHook.new_forward</c> decides it. A history is empty
/// exactly on the first forward that goes into it, so no more than a count is needed.
/// </summary>
internal sealed class PyramidAttentionBroadcastPlanner : CachePlanner
{
    private readonly ForwardCounter _counter;

    public PyramidAttentionBroadcastPlanner(PyramidAttentionBroadcastConfig config, IReadOnlyList<CacheSite> sites)
    {
        var fallsBack = config is
        {
            SpatialAttentionBlockSkipRange: null,
            TemporalAttentionBlockSkipRange: null,
            CrossAttentionBlockSkipRange: null,
            FeedForwardBlockSkipRange: null,
        };
        if (fallsBack)
            config = config with { SpatialAttentionBlockSkipRange = 2 };

        var table = new SettingTable(sites, Rules(config));
        Settings = table.Settings;
        Ranges = table.Ranges;
        _counter = new ForwardCounter(config.ShareStateAcrossContexts);
        Generations = SiteSetting.Generations(Settings, touched: 1);
        Notes = fallsBack
            ? ["No skip range is set: SpatialAttentionBlockSkipRange is taken as 2, as diffusers does.", .. table.Notes]
            : table.Notes;
    }

    public override string Method => "Pyramid Attention Broadcast";

    public override ImmutableArray<string> Notes { get; }

    public override bool KeepsConditionalHalf => false;

    public override ImmutableArray<SiteSetting?> Settings { get; }

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges { get; }

    public override ImmutableArray<int> Generations { get; }

    public override PlanRow Next(string context, double timestep)
    {
        var (index, iteration) = _counter.Next(context);
        var cells = Settings.Select(setting => Cell(setting, iteration, timestep));
        return new PlanRow(context, index, timestep, GuidanceCell.Full, [.. cells]);
    }

    private static PlanCell Cell(SiteSetting? setting, int iteration, double timestep)
    {
        if (setting is null)
            return PlanCell.Compute;
        var reuses = iteration > 0 && setting.Range.Contains(timestep) && iteration % setting.SkipRange != 0;
        return reuses ? PlanCell.Reuse : PlanCell.ComputeAndStore;
    }

    private static SettingRule[] Rules(PyramidAttentionBroadcastConfig config) =>
    [
        SettingRule.Of(SiteKind.SpatialAttention, nameof(config.SpatialAttentionBlockSkipRange),
            config.SpatialAttentionBlockSkipRange, config.SpatialAttentionTimestepSkipRange,
            config.SpatialAttentionBlockIdentifiers),
        SettingRule.Of(SiteKind.TemporalAttention, nameof(config.TemporalAttentionBlockSkipRange),
            config.TemporalAttentionBlockSkipRange, config.TemporalAttentionTimestepSkipRange,
            config.TemporalAttentionBlockIdentifiers),
        SettingRule.Of(SiteKind.CrossAttention, nameof(config.CrossAttentionBlockSkipRange),
            config.CrossAttentionBlockSkipRange, config.CrossAttentionTimestepSkipRange,
            config.CrossAttentionBlockIdentifiers),
        SettingRule.Of(SiteKind.FeedForward, nameof(config.FeedForwardBlockSkipRange),
            config.FeedForwardBlockSkipRange, config.FeedForwardTimestepSkipRange),
    ];
}
