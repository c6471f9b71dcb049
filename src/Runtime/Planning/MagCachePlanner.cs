using System.Collections.Immutable;
using System.Globalization;

namespace Afterimage.Planning;

/// <summary>MagCache, as diffusers' <c>MagCacheHeadHook</c> decides it.</summary>
internal sealed class MagCachePlanner : CachePlanner
{
    private readonly MagCacheConfig _config;
    private readonly double[] _ratios;
    private readonly int _retained;
    private readonly PerContext<SiteTurns> _turns;
    private readonly PerContext<Error> _errors;

    public MagCachePlanner(MagCacheConfig config, IReadOnlyList<CacheSite> sites)
        : base(sites, config.ShareStateAcrossContexts)
    {
        (_config, _ratios) = (config, config.Stretched());
        _retained = (int)(config.RetentionRatio * config.NumInferenceSteps + 0.5);
        _turns = new PerContext<SiteTurns>(config.ShareStateAcrossContexts, () => new SiteTurns(sites.Count));
        _errors = new PerContext<Error>(config.ShareStateAcrossContexts, () => new Error());
        Slots = StepMaskPlanner.SlotsOf(sites, SiteKind.BlockStack, nameof(MagCacheConfig));
    }

    public override string Method => "MagCache";

    public override ImmutableArray<string> Notes => _config.MagRatios is null || _config.MagRatios.Count == _config.NumInferenceSteps ? [] :
    [
        string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(_config.MagRatios)} has {_config.MagRatios.Count} ratios, stretched to {nameof(_config.NumInferenceSteps)} = {_config.NumInferenceSteps}."),
    ];

    public override bool KeepsConditionalHalf => false;

    public override ImmutableArray<(string Property, TimestepRange Range)> Ranges => [];

    public override ImmutableArray<SlotLayout> Slots { get; }

    internal override ImmutableArray<PlanCell> Decide(PlannedForward forward)
    {
        var step = forward.Iteration % _config.NumInferenceSteps;
        if (step == 0)
            _errors[forward.Context] = new Error(); // Another generation.
        var isDue = step < _retained || _config.Calibrate || !_errors[forward.Context].Skips(_ratios[step], _config, hasResidual: step > 0);
        var turns = _turns[forward.Context];
        return [.. Slots.Select((slot, site) => slot.Values == 0 ? PlanCell.Compute : turns.Next(forward, site, isDue))];
    }

    /// <summary>How far a reused value is thought to be off.</summary>
    private sealed class Error
    {
        private double _ratio = 1;
        private double _sum;
        private int _steps;

        public bool Skips(double ratio, MagCacheConfig config, bool hasResidual)
        {
            _ratio *= ratio;
            _steps++;
            _sum += Math.Abs(1 - _ratio);
            if (hasResidual && _sum <= config.Threshold && _steps <= config.MaxSkipSteps)
                return true;
            (_ratio, _sum, _steps) = (1, 0, 0);
            return false;
        }
    }
}
