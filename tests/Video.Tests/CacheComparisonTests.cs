using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

[TestClass]
public class CacheComparisonTests
{
    private static readonly CacheConfig s_config = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 };

    [TestMethod]
    public void Run_WarmsUp_ThenGeneratesWithoutAndWithTheCache()
    {
        var model = new Switch();
        var calls = new List<string>();
        using var comparison = CacheComparison.Run(
            model,
            s_config,
            generate: () =>
            {
                calls.Add(model.IsCacheEnabled ? "cached" : "uncached");
                return TensorArithmetic.Full([1, 2, 3, 12, 16], model.IsCacheEnabled ? 0.6f : 0.5f);
            },
            warmUp: () => calls.Add("warm-up"));

        CollectionAssert.AreEqual(new[] { "warm-up", "uncached", "cached" }, calls);
        Assert.IsFalse(model.IsCacheEnabled);
        Assert.AreEqual(0.5f, comparison.Uncached[0, 0, 0, 0, 0].item<float>());
        Assert.AreEqual(0.6f, comparison.Cached[0, 0, 0, 0, 0].item<float>());
        Assert.AreEqual(comparison.UncachedTime / comparison.CachedTime, comparison.Speedup);
        Assert.AreEqual(20, comparison.Psnr, 1e-4);
        Assert.AreEqual((2 * 0.3 + 1e-4) / (0.25 + 0.36 + 1e-4), comparison.Ssim, 1e-5);
    }

    [TestMethod]
    public void ToFilm_ShowsBothWithTheirTimes()
    {
        var model = new Switch();
        using var comparison = CacheComparison.Run(model, s_config, () => TensorArithmetic.Full([1, 2, 3, 480, 480], model.IsCacheEnabled ? 1f : 0f));
        var film = comparison.ToFilm("PAB", framesPerSecond: 4);
        Assert.AreEqual((2, 4.0), (film.FrameCount, film.FramesPerSecond));
        var row = film[0].Span.Slice(3 * 240 * film.Width, 3 * film.Width);
        Assert.AreEqual(0, row[3 * 20], "left: without the cache");
        Assert.AreEqual(255, row[3 * (film.Width - 20)], "right: with it");
        Assert.Contains(color => color < 64, film[0].ToArray()[(3 * 500 * film.Width)..]);
    }

    [TestMethod]
    [DataRow(0.834, "0.83")]
    [DataRow(9.994, "9.99")]
    [DataRow(9.996, "10.0")]
    [DataRow(123.45, "123.5")]
    public void Seconds_BelowTen_HaveTwoDecimals(double seconds, string text) =>
        Assert.AreEqual(text, CacheComparison.Seconds(TimeSpan.FromSeconds(seconds)));

    [TestMethod]
    public void Run_GenerationFails_TurnsTheCacheOffAndFreesWhatThereWas()
    {
        var model = new Switch();
        var live = LiveTensors.CountAtStart();
        Assert.ThrowsExactly<OperationCanceledException>(() => CacheComparison.Run(
            model, s_config, () => model.IsCacheEnabled ? throw new OperationCanceledException() : ones([1, 1, 3, 12, 12])));
        Assert.IsFalse(model.IsCacheEnabled);
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    [TestMethod]
    public void Run_GenerationFailsAfterOneWhoseFramesAreInNoScope_FreesThose()
    {
        var model = new Switch();
        var live = LiveTensors.CountAtStart();
        Assert.ThrowsExactly<OperationCanceledException>(() => CacheComparison.Run(
            model, s_config, () => model.IsCacheEnabled ? throw new OperationCanceledException() : ones([1, 1, 3, 12, 12]).DetachFromDisposeScope()));
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    [TestMethod]
    public void Run_FilmsThatCannotBeCompared_AreFreed()
    {
        var live = LiveTensors.CountAtStart();
        Assert.ThrowsExactly<ArgumentException>(() => CacheComparison.Run(new Switch(), s_config, () => ones([1, 1, 3, 8, 8])));
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    [TestMethod]
    public void Run_CacheOnAlready_IsRefused()
    {
        var model = new Switch();
        model.EnableCache(s_config);
        Assert.ThrowsExactly<InvalidOperationException>(() => CacheComparison.Run(model, s_config, () => ones([1, 1, 3, 12, 12])));
        Assert.IsTrue(model.IsCacheEnabled);
    }

    [TestMethod]
    public void Dispose_FreesBothFilms()
    {
        var live = LiveTensors.CountAtStart();
        CacheComparison.Run(new Switch(), s_config, () => rand([1, 1, 3, 12, 12])).Dispose();
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    /// <summary>A model of which nothing but the switch is asked.</summary>
    private sealed class Switch : ICacheableModel
    {
        public GuidanceLayout GuidanceLayout => GuidanceLayout.Batched;

        public IReadOnlyList<CacheSite> CacheSites => [];

        public bool IsCacheEnabled { get; private set; }

        public CacheRun? CurrentRun => null;

        public void EnableCache(CacheConfig config) => IsCacheEnabled = true;

        public void DisableCache() => IsCacheEnabled = false;

        public void ResetCache() => throw new NotSupportedException();

        public IDisposable CacheContext(string name) => throw new NotSupportedException();

        public CacheRun BeginRun(IReadOnlyList<double> timesteps, GuidanceLayout? layout = null) => throw new NotSupportedException();

        public CacheRun BeginRun(CachePlan plan) => throw new NotSupportedException();

        public ModelParallel? Parallel => null;

        public void EnableParallel(ParallelLayout layout, Communicator communicator) => throw new NotSupportedException();

        public void DisableParallel() => throw new NotSupportedException();
    }
}
