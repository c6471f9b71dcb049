using System.Collections.Immutable;
using System.Globalization;
using Afterimage.Configuration;
using static TorchSharp.torch;

namespace Afterimage.Planning;

/// <summary>Published methods as selector, schedule and predictor.</summary>
internal static class PublishedMethods
{
    /// <summary>TaylorSeer, as diffusers' <c>TaylorSeerCacheHook</c> decides it.</summary>
    /// <exception cref="ArgumentException">Nothing is forecast, or something is not to run that a forecast does not leave out.</exception>
    public static MethodPlanner TaylorSeer(TaylorSeerCacheConfig config, IReadOnlyList<CacheSite> sites)
    {
        var forecast = TaylorSeerSites.Of(config, sites);
        var method = new CacheMethodConfig
        {
            Name = config.UseLiteMode ? "TaylorSeer lite" : "TaylorSeer",
            Selects = forecast.Contains,
            Computes = step => step.Index < config.DisableCacheBeforeStep
                || step.Index >= config.DisableCacheAfterStep
                || (step.Index - config.DisableCacheBeforeStep - 1) % config.CacheInterval == 0,
            Predictor = Predictor.Taylor(config.MaxOrder, config.TaylorFactorsDtype switch
            {
                ScalarType.Float32 => SlotDtype.Float32,
                ScalarType.Float16 => SlotDtype.Float16,
                ScalarType.BFloat16 => SlotDtype.BFloat16,
                _ => SlotDtype.Native,
            }),
            ShareStateAcrossContexts = config.ShareStateAcrossContexts,
        };
        ImmutableArray<string> notes = config is { UseLiteMode: true } and not { CacheIdentifiers: null, SkipPredictIdentifiers: null }
            ? [$"{nameof(config.UseLiteMode)} goes before {nameof(config.CacheIdentifiers)} and {nameof(config.SkipPredictIdentifiers)}."]
            : [];
        return new MethodPlanner(method, sites, notes);
    }

    /// <summary>MagCache, as diffusers' <c>MagCacheHeadHook</c> decides it. Its ratios are known ahead, so it is a mask.</summary>
    /// <exception cref="ArgumentException">The model has no stack of blocks.</exception>
    public static MethodPlanner MagCache(MagCacheConfig config, IReadOnlyList<CacheSite> sites)
    {
        var computes = config.Computes();
        var method = new CacheMethodConfig
        {
            Name = config.Calibrate ? "MagCache, calibrating" : "MagCache",
            // After its steps another generation begins.
            Computes = step => computes[step.Index % computes.Length],
            ShareStateAcrossContexts = config.ShareStateAcrossContexts,
        };
        ImmutableArray<string> notes = config.MagRatios is null || config.MagRatios.Count == config.NumInferenceSteps ? [] :
        [
            string.Create(
                CultureInfo.InvariantCulture,
                $"{nameof(config.MagRatios)} has {config.MagRatios.Count} ratios, stretched to {nameof(config.NumInferenceSteps)} = {config.NumInferenceSteps}."),
        ];
        return new MethodPlanner(method, sites, notes);
    }

    /// <summary>TeaCache, whose indicator is known ahead.</summary>
    /// <exception cref="ArgumentException">The model has no stack of blocks.</exception>
    public static MethodPlanner TeaCache(TeaCacheConfig config, IReadOnlyList<CacheSite> sites)
    {
        var computes = config.Computes();
        var method = new CacheMethodConfig
        {
            Name = "TeaCache",
            Computes = step => step.Index < computes.Length
                ? computes[step.Index]
                : throw new InvalidOperationException(
                    $"{nameof(config.TimestepChanges)} has {computes.Length} steps, and the run has more. Give those of the run's timesteps."),
            ShareStateAcrossContexts = config.ShareStateAcrossContexts,
        };
        return new MethodPlanner(method, sites);
    }

    /// <summary>A mask over the steps.</summary>
    /// <exception cref="ArgumentException">The model has no site of the mask's kind.</exception>
    public static MethodPlanner StepMask(StepMaskConfig config, IReadOnlyList<CacheSite> sites)
    {
        var method = new CacheMethodConfig
        {
            Name = "Step mask",
            Selects = site => site.Kind == config.Kind,
            Computes = Schedule.Mask(config.Digits),
            ShareStateAcrossContexts = config.ShareStateAcrossContexts,
        };
        return new MethodPlanner(method, sites);
    }
}
