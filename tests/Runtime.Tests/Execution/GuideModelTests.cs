using AnnotateYourModel;
using static TorchSharp.torch;
using GuideDenoising = AnnotateYourModel.Denoising;

namespace Afterimage.Runtime.Tests.Execution;

/// <summary>The model of docs/annotate-your-model.md, which folds frames and positions into the batch.</summary>
[TestClass]
public class GuideModelTests
{
    private static readonly PyramidAttentionBroadcastConfig Pyramid = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 4,
        CrossAttentionBlockSkipRange = 6,
    };

    private static readonly FasterCacheConfig Faster = new() { TemporalAttentionBlockSkipRange = 3, AttentionWeightCallback = WeightSchedule.Ramp(0, 1, 20) };

    private static readonly PyramidAttentionBroadcastConfig All = new()
    {
        SpatialAttentionBlockSkipRange = 1,
        TemporalAttentionBlockSkipRange = 1,
        CrossAttentionBlockSkipRange = 1,
    };

    public static IEnumerable<object[]> Configs => [[Pyramid], [Faster]];

    [TestMethod]
    public void Denoise_PlanThatComputesAll_EqualsTheBodyBitForBit()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var denoising = new GuideDenoising(model, randn([1, 2, 3, 8, 8]), randn([2, 4, 16]), steps: 20);
        var uncached = denoising.Run(null);
        Assert.IsTrue(uncached.Latents.equal(denoising.Run(All).Latents).all().item<bool>());
        Assert.IsFalse(uncached.Latents.equal(denoising.Run(Pyramid).Latents).all().item<bool>(), "the cache changed nothing");
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void HistoryBytes_AfterARun_AreWhatThePlanSaid(CacheConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var noise = randn([1, 2, 3, 8, 8]);
        var denoising = new GuideDenoising(model, noise, randn([2, 4, 16]), steps: 20);
        var profile = ModelProfiler.Measure(model, () => denoising.Forward(noise, 500));
        var result = denoising.Run(config);
        Assert.AreEqual(result.Plan!.HistoryBytes(profile), result.HistoryBytes);
    }

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Forward_TwoVideosInABatch_EqualsEachAlone(CacheConfig config)
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var (latents, prompts) = (randn([4, 2, 3, 8, 8]), randn([4, 4, 16])); // unconditional 1 and 2, conditional 1 and 2
        var together = Outputs(model, config, latents, prompts);
        for (var video = 0; video < 2; video++)
        {
            long[] rows = [video, video + 2];
            var alone = Outputs(model, config, latents[tensor(rows)], prompts[tensor(rows)]);
            for (var i = 0; i < alone.Count; i++)
                Assert.IsLessThan(1e-5f, (alone[i] - together[i][tensor(rows)]).abs().max().item<float>(), $"video {video}, step {i}");
        }
    }

    private static VideoDenoiser Model()
    {
        manual_seed(1);
        return new VideoDenoiser(channels: 2, frames: 3, size: 8, width: 16, heads: 2, layers: 2);
    }

    private static List<Tensor> Outputs(VideoDenoiser model, CacheConfig config, Tensor latents, Tensor prompts)
    {
        model.EnableCache(config);
        using var run = model.BeginRun(Denoising.Timesteps);
        List<Tensor> outputs = [.. Denoising.Timesteps.Select(timestep =>
            model.call(latents.Plus(timestep / 500), TensorArithmetic.Full([latents.size(0)], timestep), prompts))];
        model.DisableCache();
        return outputs;
    }
}
