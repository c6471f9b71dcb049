using System.Globalization;

namespace Afterimage.Cli.Quality;

/// <summary>Which cache to start with, in two sentences.</summary>
internal static class Recommendation
{
    /// <summary>The least mean SSIM at which films count as the same ones.</summary>
    public const double LeastSsim = 0.9;

    /// <summary>How many more films than without a cache may not show their prompt: one may be chance.</summary>
    public const int MostLost = 1;

    /// <param name="caches">No cache first.</param>
    public static string Of(IReadOnlyList<CacheQuality> caches)
    {
        var (uncached, cached) = (caches[0], caches.Skip(1).ToList());
        var closest = cached.MaxBy(cache => cache.MeanSsim)!;
        var start = cached.Where(cache => IsGood(cache, uncached)).MaxBy(cache => cache.SpeedupOver(uncached));
        if (start is null)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Start without a cache: none of these is both faster and as good, which asks for {Terms(uncached)}. ")
                + $"Closest to the films without a cache are those of {Figures(closest, uncached)}.";
        }
        return $"Start with {Figures(start, uncached)}, because it is the fastest of those with {Terms(uncached)}. "
            + (start == closest
                ? "No other cache here comes closer to the films without one."
                : $"Where films must be closer to those without a cache, take {Figures(closest, uncached)}.");
    }

    private static bool IsGood(CacheQuality cache, CacheQuality uncached) =>
        cache.SpeedupOver(uncached) > 1 && cache.MeanSsim >= LeastSsim && cache.Right.Part >= uncached.Right.Part - MostLost;

    private static string Terms(CacheQuality uncached) => string.Create(
        CultureInfo.InvariantCulture,
        $"a mean SSIM of {LeastSsim:F2} at least{(uncached.Right.Whole == 0 ? "" : $" and at most {MostLost} film fewer that shows its prompt than without a cache")}");

    private static string Figures(CacheQuality cache, CacheQuality uncached) => string.Create(
        CultureInfo.InvariantCulture,
        $"`{cache.Name}` ({cache.SpeedupOver(uncached):F2}× as fast, SSIM {cache.MeanSsim:F3}{Prompts(cache, uncached)})");

    private static string Prompts(CacheQuality cache, CacheQuality uncached) => cache.Right.Whole == 0
        ? ""
        : $", {cache.Right.Part} of {cache.Right.Whole} prompts shown, without a cache {uncached.Right.Part}";
}
