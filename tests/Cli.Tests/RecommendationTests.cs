using Afterimage.Cli.Quality;

namespace Afterimage.Cli.Tests;

/// <summary>Advice comes from what was measured, and from nothing else.</summary>
[TestClass]
public class RecommendationTests
{
    private static readonly CacheQuality s_uncached = Cache("none", [10, 10, 10], skipped: 0, 1, 1, 1);

    [TestMethod]
    public void Of_OneThatIsFasterThanAll_StartsWithIt()
    {
        var text = Of(Cache("slow", [9, 9, 9.1], 0.3, 0.97, 0.98, 0.99), Cache("quick", [5, 5.1, 5], 0.5, 0.95, 0.96, 0.97));
        StringAssert.StartsWith(text, "Start with `quick` (2.00× as fast, 1.96–2.00; SSIM 0.960), because it is the fastest");
        Assert.Contains("closer to those without a cache, take `slow`", text);
    }

    [TestMethod]
    public void Of_CacheThatSkippedNothing_IsNeverRecommended()
    {
        var text = Of(Cache("idle", [5, 5, 5], skipped: 0, 1, 1, 1), Cache("busy", [8, 8, 8], 0.3, 0.95, 0.95, 0.95));
        StringAssert.StartsWith(text, "Start with `busy`");
        Assert.EndsWith("Nothing was skipped by `idle`.", text);
        StringAssert.StartsWith(Of(Cache("idle", [5, 5, 5], skipped: 0, 1, 1, 1)), "Start without a cache: none of these skipped anything");
    }

    [TestMethod]
    public void Of_NoDifferenceFromNone_SaysSo()
    {
        var text = Of(Cache("noisy", [5, 5, 11], 0.3, 0.95, 0.95, 0.95));
        StringAssert.StartsWith(text, "Start without a cache");
        Assert.Contains("No difference in speed was measured for `noisy`.", text);
    }

    [TestMethod]
    public void Of_FasterOnesThatOverlap_AreNotRanked()
    {
        var text = Of(Cache("a", [5, 6, 5.5], 0.3, 0.95, 0.97, 0.95), Cache("b", [5.2, 5.4, 5.8], 0.3, 0.96, 0.95, 0.95), Cache("c", [9, 9, 9], 0.1, 0.95, 0.95, 0.95));
        StringAssert.StartsWith(text, "Start with one of `a` (");
        Assert.Contains("and `b` (", text);
        Assert.Contains("no difference in speed was measured between them", text);
        Assert.DoesNotContain("`c`", text);
    }

    [TestMethod]
    public void Of_TwoRounds_AreTooFew() =>
        StringAssert.StartsWith(Recommendation.Of([Cache("none", [10, 10], 0, 1, 1), Cache("a", [5, 5], 0.3, 1, 1)]), "Start without a cache");

    private static string Of(params CacheQuality[] caches) => Recommendation.Of([s_uncached, .. caches]);

    private static CacheQuality Cache(string name, double[] seconds, double skipped, params double[] likeness) => new(
        name,
        [.. likeness.Select((ssim, prompt) => new QualityFilm(0, prompt, 40, ssim, default))],
        [.. seconds.Select((time, prompt) => new QualityTiming(0, prompt, 0, time, skipped, 0, 0, 0, []))]);
}
