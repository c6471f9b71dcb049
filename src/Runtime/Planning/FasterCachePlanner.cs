using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Afterimage.Planning;

/// <summary>FasterCache, as diffusers' <c>FasterCacheDenoiserHook</c> and <c>FasterCacheBlockHook</c> decide it.</summary>
internal sealed partial class FasterCachePlanner : CachePlanner
{
    private const double DefaultAttentionWeight = 0.5;

    private readonly FasterCacheConfig _config;
    private readonly ImmutableArray<CacheSite> _sites;
    private readonly ImmutableArray<SiteSetting?> _settings;
    private readonly PerContext<FasterCacheHistory> _histories;

    public FasterCachePlanner(FasterCacheConfig config, IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
        : base(sites, config.ShareStateAcrossContexts)
    {
        if (layout != GuidanceLayout.Batched && !config.IsGuidanceDistilled)
        {
            throw new ArgumentException(
                $"FasterCache skips the unconditional half of a guidance batch, and this run's layout is {layout}: "
                + "there is no unconditional half in the batch to skip. Run with GuidanceLayout.Batched, or set "
                + "IsGuidanceDistilled to skip attention alone.", nameof(layout));
        }

        // There is an unconditional half to skip even where the model has no site, or the config leaves all of them alone.
        var leavesSitesAlone = config is { SpatialAttentionBlockSkipRange: null, TemporalAttentionBlockSkipRange: null };
        var guidance = CacheSite.PlaceOfGuidance(sites);
        var onlyGuidance = !config.IsGuidanceDistilled && (guidance == 0 || leavesSitesAlone);
        var isInStack = CacheSite.InStacks(sites);
        var table = new SettingTable(
            sites, Rules(config), (rule, site) => rule.Identifiers is null ? isInStack(site) : TransformerBlocks().IsMatch(site.Name), onlyGuidance);
        _config = config;
        _sites = [.. sites];
        _settings = table.Settings;
        Ranges = config is { IsGuidanceDistilled: false, UnconditionalBatchSkipRange: > 1 }
            ? [(nameof(config.UnconditionalBatchTimestepSkipRange), config.UnconditionalBatchTimestepSkipRange), .. table.Ranges]
            : table.Ranges;
        _histories = new PerContext<FasterCacheHistory>(config.ShareStateAcrossContexts, () => new FasterCacheHistory(sites.Count));
        Slots = SiteSetting.Slots(_settings, values: 2);
        if (!config.IsGuidanceDistilled)
            Slots = Slots.SetItem(guidance, SlotLayout.OfGuidance);
        Notes = config.AttentionWeightCallback is null && _settings.Any(setting => setting is not null)
            ? ["No AttentionWeightCallback: the weight of skipped attention is 0.5 on every forward.", .. table.Notes]
            : table.Notes;
    }

    public override string Method => "FasterCache";

    public override ImmutableArray<string> Notes { get; }

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges { get; }

    internal override PlanCell Guide(PlannedForward forward)
    {
        var (history, timestep) = (_histories[forward.Context], forward.Timestep);
        if (_config.IsGuidanceDistilled)
            return PlanCell.Compute;
        var skips = forward.Iteration > 0
            && _config.UnconditionalBatchTimestepSkipRange.Contains(timestep)
            && forward.Iteration % _config.UnconditionalBatchSkipRange != 0;
        if (!skips)
        {
            history.ResetGuidance();
            return PlanCell.ComputeAndStore;
        }

        // Equation 11; a callback replaces the alpha and its range together.
        var step = new CacheStep(forward.Index, timestep, Site: null);
        var low = _config.LowFrequencyWeightCallback is { } lowCallback
            ? Asked(lowCallback, step, nameof(_config.LowFrequencyWeightCallback))
            : _config.LowFrequencyWeightUpdateTimestepRange.Contains(timestep) ? _config.AlphaLowFrequency : 1;
        var high = _config.HighFrequencyWeightCallback is { } highCallback
            ? Asked(highCallback, step, nameof(_config.HighFrequencyWeightCallback))
            : _config.HighFrequencyWeightUpdateTimestepRange.Contains(timestep) ? _config.AlphaHighFrequency : 1;
        return history.SkipGuidance(low, high);
    }

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var history = _histories[forward.Context];
        return [.. _sites.Select((_, site) => Cell(history, site, forward))];
    }

    private PlanCell Cell(FasterCacheHistory history, int site, PlannedForward forward)
    {
        if (_settings[site] is not { } setting)
            return PlanCell.Compute;
        var isDue = forward.ComputesAll || (forward.Iteration > 0 && forward.Iteration % setting.SkipRange == 0);
        var skips = setting.Range.Contains(forward.Timestep) && !isDue && !history.IsDue(site);
        if (forward.LeftOut[site])
        {
            history.LeftOut(site, wasDue: !skips);
            return PlanCell.LeftOut;
        }
        if (!skips)
        {
            history.Computed(site);
            return PlanCell.ComputeAndStore;
        }
        var weight = _config.AttentionWeightCallback is { } callback
            ? Asked(callback, new CacheStep(forward.Index, forward.Timestep, _sites[site]), nameof(_config.AttentionWeightCallback))
            : DefaultAttentionWeight;
        return history.Skipped(site, weight);
    }

    private static double Asked(Func<CacheStep, double> callback, CacheStep step, string name)
    {
        var weight = callback(step);
        return double.IsFinite(weight)
            ? weight
            : throw new InvalidOperationException($"{name} returned {weight} for {step}; weights are finite numbers.");
    }

    private static SettingRule[] Rules(FasterCacheConfig config) =>
    [
        SettingRule.Of(SiteKind.SpatialAttention, nameof(config.SpatialAttentionBlockSkipRange),
            config.SpatialAttentionBlockSkipRange, config.SpatialAttentionTimestepSkipRange,
            config.SpatialAttentionBlockIdentifiers),
        SettingRule.Of(SiteKind.TemporalAttention, nameof(config.TemporalAttentionBlockSkipRange),
            config.TemporalAttentionBlockSkipRange, config.TemporalAttentionTimestepSkipRange,
            config.TemporalAttentionBlockIdentifiers),
    ];

    // What diffusers looks at before it looks at the config's identifiers (_TRANSFORMER_BLOCK_IDENTIFIERS).
    [GeneratedRegex("^((|single_|temporal_)transformer_)?blocks.*attn", RegexOptions.CultureInvariant)]
    private static partial Regex TransformerBlocks();
}
