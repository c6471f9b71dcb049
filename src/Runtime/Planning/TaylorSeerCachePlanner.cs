using System.Collections.Immutable;
using Afterimage.Configuration;
using static TorchSharp.torch;

namespace Afterimage.Planning;

/// <summary>TaylorSeer, as diffusers' <c>TaylorSeerCacheHook</c> decides it.</summary>
internal sealed class TaylorSeerCachePlanner : CachePlanner
{
    private readonly TaylorSeerCacheConfig _config;
    private readonly ImmutableArray<bool> _isForecast;
    private readonly PerContext<Series[]> _series;

    public TaylorSeerCachePlanner(TaylorSeerCacheConfig config, IReadOnlyList<CacheSite> sites)
        : base(sites, config.ShareStateAcrossContexts)
    {
        _config = config;
        _series = new PerContext<Series[]>(config.ShareStateAcrossContexts, () => [.. sites.Select(_ => new Series())]);
        _isForecast = TaylorSeerSites.Of(config, sites);
        var dtype = config.TaylorFactorsDtype switch
        {
            ScalarType.Float32 => SlotDtype.Float32,
            ScalarType.Float16 => SlotDtype.Float16,
            ScalarType.BFloat16 => SlotDtype.BFloat16,
            _ => SlotDtype.Native,
        };
        Slots = [.. _isForecast.Select(isForecast => isForecast ? new SlotLayout(config.MaxOrder + 1, dtype, HoldsDifferences: true) : default)];
        Notes = config is { UseLiteMode: true } and not { CacheIdentifiers: null, SkipPredictIdentifiers: null }
            ? [$"{nameof(config.UseLiteMode)} goes before {nameof(config.CacheIdentifiers)} and {nameof(config.SkipPredictIdentifiers)}."]
            : [];
    }

    public override string Method => _config.UseLiteMode ? "TaylorSeer lite" : "TaylorSeer";

    public override ImmutableArray<string> Notes { get; }

    public override bool KeepsConditionalHalf => false;

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    public override ImmutableArray<SlotLayout> Slots { get; }

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var series = _series[forward.Context];
        var step = forward.Iteration;
        var isDue = forward.ComputesAll
            || step < _config.DisableCacheBeforeStep
            || step >= _config.DisableCacheAfterStep
            || (step - _config.DisableCacheBeforeStep - 1) % _config.CacheInterval == 0;
        return
        [
            .. _isForecast.Select((isForecast, site) =>
                !isForecast ? PlanCell.Compute
                : forward.LeftOut[site] ? series[site].LeaveOut(isDue)
                : series[site].Next(isDue, step, _config.MaxOrder)),
        ];
    }

    /// <summary>Of which forwards the values are that a site's series is made of.</summary>
    private sealed class Series
    {
        private int _computed;
        private int _last;
        private bool _isOverdue = true;

        public PlanCell LeaveOut(bool isDue)
        {
            _isOverdue |= isDue;
            return PlanCell.LeftOut;
        }

        public PlanCell Next(bool isDue, int step, int maxOrder)
        {
            if (!isDue && !_isOverdue)
                return PlanCell.Predict(Factors(Math.Min(_computed, maxOrder + 1), step - _last));
            var interval = _computed == 0 ? 0 : step - _last;
            (_computed, _last, _isOverdue) = (_computed + 1, step, false);
            return PlanCell.ComputeAndStoreAfter(interval);
        }

        /// <summary>offsetʲ / j! of the differences of order j = 0, 1, ….</summary>
        private static ImmutableArray<double> Factors(int count, int offset)
        {
            var factors = ImmutableArray.CreateBuilder<double>(count);
            var factor = 1.0;
            for (var order = 0; order < count; order++)
            {
                factors.Add(factor);
                factor = factor * offset / (order + 1);
            }
            return factors.MoveToImmutable();
        }
    }
}
