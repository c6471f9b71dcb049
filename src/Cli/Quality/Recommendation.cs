using System.Globalization;

namespace Afterimage.Cli.Quality;

/// <summary>Which cache to start with, in some sentences. What was not told apart is not ranked.</summary>
internal static class Recommendation
{
    /// <summary>The least mean SSIM at which films count as the same ones.</summary>
    public const double LeastSsim = 0.9;

    /// <summary>How many more films than without a cache may not show their prompt: one may be chance.</summary>
    public const int MostLost = 1;

    /// <param name="caches">No cache first.</param>
    public static string Of(IReadOnlyList<CacheQuality> caches)
    {
        var uncached = caches[0];
        var skipping = caches.Skip(1).Where(cache => !cache.SkipsNothing).ToList();
        var faster = skipping.Where(cache => cache.SpeedupOver(uncached).IsAbove(1)).ToList();
        var good = faster.Where(cache => IsGood(cache, uncached)).ToList();
        string[] sentences =
        [
            good.Count > 0 ? Start(good, faster, uncached) : StartWithout(skipping, faster, uncached),
            NotMeasured(skipping.Except(faster).Where(cache => !cache.SpeedupOver(uncached).Excludes(1)), "No difference in speed was measured for"),
            NotMeasured(caches.Skip(1).Where(cache => cache.SkipsNothing), "Nothing was skipped by"),
        ];
        return string.Join(' ', sentences.Where(sentence => sentence.Length > 0));
    }

    private static string Start(List<CacheQuality> good, List<CacheQuality> faster, CacheQuality uncached)
    {
        var fastest = good.MaxBy(cache => cache.SpeedupOver(uncached).Median)!.SpeedupOver(uncached);
        var first = good.Where(cache => cache.SpeedupOver(uncached).Overlaps(fastest)).ToList();
        var start = first.Count == 1
            ? $"Start with {Figures(first[0], uncached)}, because it is the fastest of those with {Terms(uncached)}."
            : $"Start with one of {List(first.Select(cache => Figures(cache, uncached)))}: no other with {Terms(uncached)} is as fast, and no difference in speed was measured between them.";
        var closest = Closest(faster);
        return closest.SequenceEqual(first) || closest.Count == faster.Count
            ? start
            : $"{start} Where films must be closer to those without a cache, take {Any(closest, uncached)}.";
    }

    private static string StartWithout(List<CacheQuality> skipping, List<CacheQuality> faster, CacheQuality uncached)
    {
        if (skipping.Count == 0)
            return "Start without a cache: none of these skipped anything in so many steps.";
        var start = $"Start without a cache: none of these was measured to be both faster and as good, which asks for {Terms(uncached)}.";
        return faster.Count == 0 ? start : $"{start} Of the faster ones, closest to the films without a cache are those of {Any(Closest(faster), uncached)}.";
    }

    /// <summary>The caches of which no other is known to come closer to the films without one.</summary>
    private static List<CacheQuality> Closest(List<CacheQuality> caches)
    {
        var closest = caches.MaxBy(cache => cache.MeanSsim)!;
        return [.. caches.Where(cache => cache == closest || !closest.CloserThan(cache).Excludes(0))];
    }

    private static string NotMeasured(IEnumerable<CacheQuality> caches, string what)
    {
        var names = List(caches.Select(cache => $"`{cache.Name}`"));
        return names.Length == 0 ? "" : $"{what} {names}.";
    }

    private static bool IsGood(CacheQuality cache, CacheQuality uncached) =>
        cache.MeanSsim >= LeastSsim && cache.Right.Part >= uncached.Right.Part - MostLost;

    private static string Terms(CacheQuality uncached) => string.Create(
        CultureInfo.InvariantCulture,
        $"a mean SSIM of {LeastSsim:F2} at least{(uncached.Right.Whole == 0 ? "" : $" and at most {MostLost} film fewer that shows its prompt than without a cache")}");

    private static string Any(List<CacheQuality> caches, CacheQuality uncached) =>
        (caches.Count == 1 ? "" : "one of ") + List(caches.Select(cache => Figures(cache, uncached)));

    private static string Figures(CacheQuality cache, CacheQuality uncached)
    {
        var speedup = cache.SpeedupOver(uncached);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"`{cache.Name}` ({speedup.Median:F2}× as fast, {speedup.Low:F2}–{speedup.High:F2}; SSIM {cache.MeanSsim:F3}{Prompts(cache, uncached)})");
    }

    private static string Prompts(CacheQuality cache, CacheQuality uncached) => cache.Right.Whole == 0
        ? ""
        : $"; {cache.Right.Part} of {cache.Right.Whole} prompts shown, without a cache {uncached.Right.Part}";

    private static string List(IEnumerable<string> items)
    {
        var all = items.ToList();
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }
}
