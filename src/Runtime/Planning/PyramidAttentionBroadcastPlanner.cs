using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// Pyramid Attention Broadcast, as diffusers' <c>PyramidAttentionBroadcastHook.new_forward</c> decides it. A history is empty
/// exactly on the first forward that goes into it, so no more than a count is needed.
/// </summary>
internal sealed class PyramidAttentionBroadcastPlanner : CachePlanner
{
    private readonly ImmutableArray<SiteSetting?> _settings;
    private readonly PerContext<SiteTurns> _turns;

    public PyramidAttentionBroadcastPlanner(PyramidAttentionBroadcastConfig config, IReadOnlyList<CacheSite> sites)
        : base(sites, config.ShareStateAcrossContexts)
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
        _settings = table.Settings;
        Ranges = table.Ranges;
        _turns = new PerContext<SiteTurns>(config.ShareStateAcrossContexts, () => new SiteTurns(sites.Count, new LastValueForecast()));
        Slots = SiteSetting.Slots(_settings, values: 1);
        Notes = fallsBack
            ? ["No skip range is set: SpatialAttentionBlockSkipRange is taken as 2, as diffusers does.", .. table.Notes]
            : table.Notes;
    }

    public override string Method => "Pyramid Attention Broadcast";

    public override ImmutableArray<string> Notes { get; }

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges { get; }

    public override void TakeBack(PlanRow row) => _turns[row.Context].TakeBack(row);

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var turns = _turns[forward.Context];
        return
        [
            .. _settings.Select((setting, site) => setting is null ? PlanCell.Compute : turns.Next(
                forward, site, isDue: !setting.Range.Contains(forward.Timestep) || forward.Iteration % setting.SkipRange == 0)),
        ];
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
