using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

[TestClass]
public class CachedRunTests
{
    public static IEnumerable<object[]> Configs => [[Denoising.Pyramid], [Denoising.Faster]];

    [TestMethod]
    public void Forward_PlanThatComputesAll_EqualsTheBodyBitForBit()
    {
        using var model = Denoising.Model();
        var uncached = Denoising.Run(model, null);
        var cached = Denoising.Run(model, new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 1, CrossAttentionBlockSkipRange = 1, FeedForwardBlockSkipRange = 1 });
        Denoising.AssertEqual(uncached, cached);
        Denoising.DisposeAll(uncached, cached);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void DisableCache_AfterARun_RestoresTheBody(CacheConfig config)
    {
        using var model = Denoising.Model();
        var before = Denoising.Run(model, null);
        var cached = Denoising.Run(model, config);
        var after = Denoising.Run(model, null);
        Assert.IsFalse(model.IsCacheEnabled);
        Assert.IsFalse(before[8].equal(cached[8]).all().item<bool>(), "the cache changed nothing");
        Denoising.AssertEqual(before, after);
        Denoising.DisposeAll(before, cached, after);
    }

    [TestMethod]
    public void Forward_SkippedSite_RunsNeitherSiteNorItsNorm()
    {
        using var model = Denoising.Model(blocks: 1);
        var block = model.transformer_blocks[0];
        model.EnableCache(Denoising.Pyramid);
        using var run = model.BeginRun(Denoising.Timesteps);
        Denoising.DisposeAll([.. Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep))]);

        int Computed(int site) => run.Plan!.Rows.Count(row => row.Cells[site].IsComputed);
        Assert.AreEqual("transformer_blocks.0.attn1", run.Plan!.Sites[0].Name);
        Assert.AreEqual(Computed(0), block.attn1.Calls);
        Assert.AreEqual(Computed(0), block.norm1.Calls);
        Assert.AreEqual(Computed(1), block.norm2.Calls);
        Assert.AreEqual(Computed(2), block.norm3.Calls);
        Assert.IsLessThan(20, Computed(2));
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void BeginRun_TwoRunsInterleaved_EqualThemselvesAlone(CacheConfig config)
    {
        using var model = Denoising.Model();
        var small = Denoising.Run(model, config, batch: 2, seed: 7);
        var large = Denoising.Run(model, config, batch: 6, seed: 8);

        model.EnableCache(config);
        using var first = model.BeginRun(Denoising.Timesteps);
        using var second = model.BeginRun(Denoising.Timesteps);
        var (interleavedSmall, interleavedLarge) = (new List<Tensor>(), new List<Tensor>());
        foreach (var timestep in Denoising.Timesteps)
        {
            first.Enter();
            interleavedSmall.Add(Denoising.Step(model, timestep, batch: 2, seed: 7));
            second.Enter();
            interleavedLarge.Add(Denoising.Step(model, timestep, batch: 6, seed: 8));
        }

        Denoising.AssertEqual(small, interleavedSmall);
        Denoising.AssertEqual(large, interleavedLarge);
        Denoising.DisposeAll(small, large, interleavedSmall, interleavedLarge);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Forward_TimestepsFromCallback_EqualsPlannedRun(CacheConfig config)
    {
        using var model = Denoising.Model();
        var planned = Denoising.Run(model, config);
        var current = 0.0;
        model.EnableCache(config with { CurrentTimestepCallback = () => current });
        List<Tensor> Steps() => [.. Denoising.Timesteps.Select(timestep => Denoising.Step(model, current = timestep))];
        var first = Steps();
        model.ResetCache();
        var second = Steps();
        Denoising.AssertEqual(planned, first);
        Denoising.AssertEqual(planned, second);
        Denoising.DisposeAll(planned, first, second);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Forward_InInferenceModeNowAndThen_IsTheSame(CacheConfig config)
    {
        using var model = Denoising.Model();
        var plain = Denoising.Run(model, config);
        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps);
        var mixed = new List<Tensor>();
        for (var i = 0; i < Denoising.Timesteps.Length; i++)
        {
            using var mode = inference_mode(i % 3 == 1);
            mixed.Add(Denoising.Step(model, Denoising.Timesteps[i]));
        }
        Denoising.AssertEqual(plain, mixed);
        Denoising.DisposeAll(plain, mixed);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void HistoryBytes_AfterARun_AreWhatThePlanSaid(CacheConfig config)
    {
        using var model = Denoising.Model();
        var profile = ModelProfiler.Measure(model, () => Denoising.Step(model, 500));
        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps);
        Denoising.DisposeAll([.. Denoising.Timesteps.Select(timestep => Denoising.Step(model, timestep))]);
        Assert.IsGreaterThan(0, run.HistoryBytes);
        Assert.AreEqual(run.Plan!.HistoryBytes(profile), run.HistoryBytes);
        run.Reset();
        Assert.AreEqual(0, run.HistoryBytes);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Forward_TwoHundredSteps_LeavesNoTensorBehind(CacheConfig config)
    {
        using var model = Denoising.Model();
        double[] timesteps = [.. Enumerable.Range(0, 200).Select(i => 999.0 - 4.9 * i)];
        model.EnableCache(config);
        var before = LiveTensors.CountAtStart();
        using (var run = model.BeginRun(timesteps))
        {
            long settled = 0;
            for (var i = 0; i < timesteps.Length; i++)
            {
                Denoising.Step(model, timesteps[i]).Dispose();
                if (i == 100)
                    settled = Tensor.TotalCount;
            }
            Assert.AreEqual(settled, Tensor.TotalCount, "live tensors grew between steps 100 and 200");
        }
        Assert.AreEqual(before, Tensor.TotalCount, "live tensors after the run");
    }
}
