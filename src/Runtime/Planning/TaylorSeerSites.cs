using System.Collections.Immutable;
using Afterimage.Configuration;

namespace Afterimage.Planning;

/// <summary>Which sites TaylorSeer forecasts.</summary>
internal static class TaylorSeerSites
{
    /// <summary>The sites that are forecast.</summary>
    /// <exception cref="ArgumentException">None is, or something is not to run that a forecast does not leave out.</exception>
    public static ImmutableArray<CacheSite> Of(TaylorSeerCacheConfig config, IReadOnlyList<CacheSite> sites)
    {
        var isInStack = CacheSite.InStacks(sites);
        ImmutableArray<CacheSite> forecast = [.. sites.Where(site => IsForecast(config, site, isInStack))];
        if (forecast.IsEmpty)
            throw NothingMatches(config, sites);
        if (!config.UseLiteMode)
            CheckLeftOut(config, sites, forecast);
        return forecast;
    }

    private static bool IsForecast(TaylorSeerCacheConfig config, CacheSite site, Func<CacheSite, bool> isInStack) =>
        config.UseLiteMode ? site.Kind == SiteKind.OutputProjection
        : config.CacheIdentifiers is { } identifiers ? site.Kind is not (SiteKind.Model or SiteKind.PromptProjection) && identifiers.Any(pattern => IdentifierPattern.IsWhole(site.Name, pattern))
        : site.Kind is (SiteKind.SpatialAttention or SiteKind.TemporalAttention or SiteKind.CrossAttention) && isInStack(site);

    // diffusers lets such a module return nothing that makes sense, which is right only where nobody reads it.
    private static void CheckLeftOut(TaylorSeerCacheConfig config, IReadOnlyList<CacheSite> sites, ImmutableArray<CacheSite> forecast)
    {
        foreach (var pattern in config.SkipPredictIdentifiers ?? [])
        {
            var named = sites.Where(site => site.Kind != SiteKind.Model
                && (IdentifierPattern.IsWhole(site.Name, pattern) || (site.Kind == SiteKind.BlockStack && IdentifierPattern.IsWhole(site.Name + ".0", pattern)))).ToArray();
            if (named.Length == 0)
                throw new ArgumentException(
                    $"{nameof(config.SkipPredictIdentifiers)} has \"{pattern}\", which names no site of the model. Sites: {Listing.Of(sites)}.", nameof(config));
            foreach (var site in named)
            {
                if (!CacheSite.Outer(sites, site).Any(forecast.Contains))
                    throw new ArgumentException(
                        $"{nameof(config.SkipPredictIdentifiers)} leaves out {site.Name}, and {nameof(config.CacheIdentifiers)} do not forecast "
                        + $"{site.LeftOutWith ?? "what reads it"}, which would get nothing. Forecast that too, or set {nameof(config.UseLiteMode)}.", nameof(config));
            }
        }
    }

    private static ArgumentException NothingMatches(TaylorSeerCacheConfig config, IReadOnlyList<CacheSite> sites) => new(
        (config.UseLiteMode ? $"{nameof(config.UseLiteMode)} forecasts the layer that a model's output comes from, and this model marks none ([OutputProjection])."
            : config.CacheIdentifiers is { } identifiers ? $"{nameof(config.CacheIdentifiers)} {identifiers} match the whole name of no site of the model."
            : "No attention of the model is annotated.")
        + $" Sites: {Listing.Of(sites)}.", nameof(config));
}
