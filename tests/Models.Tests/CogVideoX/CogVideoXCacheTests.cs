using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

[TestClass]
public sealed class CogVideoXCacheTests
{
    private static readonly double[] Timesteps = [.. Enumerable.Range(0, 50).Select(i => 999.0 - 20 * i)];

    [TestMethod]
    public void CacheSites_OfAModel_AreItsStackAndOutputTheBlocksAndWhatIsInThem()
    {
        using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Sincos, META);

        CollectionAssert.AreEqual(
            new[] { "transformer_blocks", "proj_out", "transformer_blocks.0", "transformer_blocks.1", "transformer_blocks.0.attn1", "transformer_blocks.0.ff", "transformer_blocks.1.attn1", "transformer_blocks.1.ff", "(model)" },
            model.CacheSites.Select(site => site.Name).ToArray());
        Assert.AreEqual(GuidanceLayout.Batched, model.GuidanceLayout);
    }

    [TestMethod]
    public void Forward_InACachedRun_LeavesOnlyItsOutputAlive()
    {
        CacheConfig[] configs =
        [
            new PyramidAttentionBroadcastConfig
            {
                SpatialAttentionBlockSkipRange = 2,
                SpatialAttentionTimestepSkipRange = (100, 850),
                FeedForwardBlockSkipRange = 3,
            },
            new FasterCacheConfig { SpatialAttentionTimestepSkipRange = (-1, 681), UnconditionalBatchTimestepSkipRange = (-1, 641) },
        ];
        foreach (var config in configs)
        {
            using var noGrad = no_grad();
            using var model = CogVideoXTransformer3DModel.FromConfig(TinyModels.Rotary);
            using var latents = TinyModels.Latents(TinyModels.Rotary);
            using var prompt = TinyModels.Prompt(TinyModels.Rotary);
            using var timestep = TinyModels.Timestep();
            using var rotary = TinyModels.RotaryFor(TinyModels.Rotary);
            var statistics = DisposeScopeManager.Statistics;
            model.call(latents, prompt, timestep, null, null, rotary).Dispose();
            var before = statistics.ThreadTotalLiveCount;

            model.EnableCache(config);
            using (model.BeginRun(Timesteps))
            {
                var most = 0L;
                foreach (var _ in Timesteps)
                {
                    model.call(latents, prompt, timestep, null, null, rotary).Dispose();
                    most = Math.Max(most, statistics.ThreadTotalLiveCount - before);
                }

                // Three tensors a block (attention's two and the feed-forward's), two generations at most, and guidance's.
                Assert.IsInRange(1, 16, most, config.GetType().Name);
            }

            model.DisableCache();
            Assert.AreEqual(before, statistics.ThreadTotalLiveCount, config.GetType().Name);
        }
    }
}
