using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>Runs after and between each other.</summary>
[TestClass]
public class RunSequenceTests
{
    public static IEnumerable<object[]> Configs => [[Denoising.Pyramid], [Denoising.Faster]];

    public static IEnumerable<object[]> SequentialConfigs => [[Denoising.Pyramid], [Denoising.Faster with { IsGuidanceDistilled = true }]];

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void BeginRun_OtherBatchAndSizeThanBefore_EqualsARunOfAFreshModel(CacheConfig config)
    {
        using var model = Denoising.Model();
        model.EnableCache(config);
        foreach (var (batch, height) in new (long, long)[] { (2, 6), (4, 6), (2, 9), (2, 6) })
        {
            using var fresh = Denoising.Model();
            fresh.EnableCache(config);
            using var expected = fresh.BeginRun(Denoising.Timesteps);
            using var run = model.BeginRun(Denoising.Timesteps);
            foreach (var timestep in Denoising.Timesteps)
            {
                using var scope = NewDisposeScope();
                Denoising.AssertEqual([Denoising.Step(fresh, timestep, batch, height: height)], [Denoising.Step(model, timestep, batch, height: height)]);
            }
            Assert.AreEqual(expected.HistoryBytes, run.HistoryBytes);
        }
    }

    [TestMethod]
    [DynamicData(nameof(SequentialConfigs))]
    public void Forward_ContextsInterleaved_EachEqualsItselfAlone(CacheConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = Denoising.Model();
        string[] contexts = ["cond", "uncond"];
        var alone = contexts.Select((_, i) => Denoising.Run(model, config, seed: 7 + i, layout: GuidanceLayout.None)).ToArray();

        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps, GuidanceLayout.Sequential);
        List<Tensor>[] interleaved = [[], []];
        foreach (var timestep in Denoising.Timesteps)
        {
            for (var i = 0; i < contexts.Length; i++)
            {
                using var context = model.CacheContext(contexts[i]);
                interleaved[i].Add(Denoising.Step(model, timestep, seed: 7 + i));
            }
        }

        Denoising.AssertEqual(alone[0], interleaved[0]);
        Denoising.AssertEqual(alone[1], interleaved[1]);
    }

    [TestMethod]
    public void CurrentRun_IsTheRunOfTheNextForward()
    {
        using var scope = NewDisposeScope();
        using var model = Denoising.Model();
        Assert.IsNull(model.CurrentRun);
        model.EnableCache(Denoising.Pyramid);
        Assert.IsNull(model.CurrentRun);
        using (var first = model.BeginRun(Denoising.Timesteps))
        {
            Assert.AreSame(first, model.CurrentRun);
            using (var second = model.BeginRun(Denoising.Timesteps))
            {
                Assert.AreSame(second, model.CurrentRun);
                first.Enter();
                Assert.AreSame(first, model.CurrentRun);
            }
        }
        Assert.IsNull(model.CurrentRun);
        model.DisableCache();

        // One that begins by itself.
        var timestep = Denoising.Timesteps[0];
        model.EnableCache(Denoising.Pyramid with { CurrentTimestepCallback = () => timestep });
        Denoising.Step(model, timestep);
        Assert.IsNotNull(model.CurrentRun);
        model.DisableCache();
        Assert.IsNull(model.CurrentRun);
    }

    [TestMethod]
    public void Forward_IdentifiersInPlaceOfAnnotations_ReuseOnlyWhatTheyName()
    {
        using var scope = NewDisposeScope();
        using var model = Denoising.Model();
        var named = new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 4,
            SpatialAttentionTimestepSkipRange = (-1, 1000),
            SpatialAttentionBlockIdentifiers = [@"blocks\.1\."],
        };
        Denoising.Run(model, named);
        Assert.AreEqual(20, model.transformer_blocks[0].attn1.Calls);
        Assert.AreEqual(5, model.transformer_blocks[1].attn1.Calls);

        // A name decides where one is given: attention annotated as spatial takes the temporal setting.
        Denoising.Run(model, named with
        {
            SpatialAttentionBlockSkipRange = null,
            SpatialAttentionBlockIdentifiers = null,
            TemporalAttentionBlockSkipRange = 10,
            TemporalAttentionTimestepSkipRange = (-1, 1000),
            TemporalAttentionBlockIdentifiers = [@"blocks\.0\."],
        });
        Assert.AreEqual(20 + 2, model.transformer_blocks[0].attn1.Calls);
        Assert.AreEqual(5 + 20, model.transformer_blocks[1].attn1.Calls);
    }
}
