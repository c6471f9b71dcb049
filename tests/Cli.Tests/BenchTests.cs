namespace Afterimage.Cli.Tests;

[TestClass]
public class BenchTests
{
    [TestMethod]
    public void Bench_AsJson_MeasuresEveryCacheAndKindOfStep()
    {
        var result = Tool.Run("bench", Path.Combine(Tool.Goldens, "cogvideox-5b-tiny", "model"), "--steps", "20", "--rounds", "1", "--json");
        result.AssertExit(0);
        var caches = result.Json.GetProperty("caches").EnumerateArray().ToDictionary(cache => cache.GetProperty("cache").GetString()!);
        CollectionAssert.AreEquivalent(new[] { "none", "pab", "faster" }, caches.Keys);
        Assert.AreEqual(1, caches["none"].GetProperty("speedup").GetDouble());
        Assert.AreEqual(0, caches["none"].GetProperty("moved").GetDouble());
        Assert.IsGreaterThan(0, caches["pab"].GetProperty("history_bytes").GetInt64());
        Assert.IsGreaterThan(0, caches["faster"].GetProperty("moved").GetDouble());
        var kinds = caches["faster"].GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("kind").GetString());
        CollectionAssert.IsSubsetOf(new[] { "full", "conditional only", "conditional only + reuse" }, kinds.ToList());
        foreach (var cache in caches.Values)
            Assert.AreEqual(20, cache.GetProperty("steps").EnumerateArray().Sum(step => step.GetProperty("count_per_run").GetInt32()));
    }

    [TestMethod]
    public void Bench_UnknownCache_NamesTheKnown() => Tool.Run("bench", "--cache", "quick").AssertError(1, "quick", "pab, faster");

    [TestMethod]
    public void Bench_NoSteps_IsRefused() => Tool.Run("bench", "--steps", "0").AssertError(2, "--steps must be above 0, got 0.");
}
