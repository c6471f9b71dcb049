using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Latte folds frames, and then positions, into the batch: two videos in a batch must not meet there.</summary>
[TestClass]
public sealed class LatteBatchTests
{
    private static readonly double[] Timesteps = [.. Enumerable.Range(0, 20).Select(i => 999.0 - 50 * i)];

    private static readonly LatteTransformer3DModelConfig Config = new()
    {
        NumAttentionHeads = 2,
        AttentionHeadDim = 8,
        InChannels = 4,
        OutChannels = 8,
        CrossAttentionDim = 16,
        NumLayers = 2,
        SampleSize = 8,
        CaptionChannels = 12,
        VideoLength = 4,
        NormType = "ada_norm_single",
        NormElementwiseAffine = false,
        ActivationFn = "gelu-approximate",
    };

    public static IEnumerable<object?[]> Caches =>
    [
        [null],
        [new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            TemporalAttentionBlockSkipRange = 3,
            CrossAttentionBlockSkipRange = 4,
            FeedForwardBlockSkipRange = 5,
        }],
        [new FasterCacheConfig
        {
            SpatialAttentionTimestepSkipRange = (-1, 800),
            TemporalAttentionBlockSkipRange = 3,
            TemporalAttentionTimestepSkipRange = (-1, 800),
            UnconditionalBatchTimestepSkipRange = (-1, 800),
        }],
    ];

    [TestMethod]
    [DynamicData(nameof(Caches))]
    public void Denoise_TwoVideosInABatch_EqualsEachAlone(CacheConfig? cache)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        manual_seed(3);
        using var model = LatteTransformer3DModel.FromConfig(Config);
        model.eval();
        var noise = randn([2, 4, 4, 8, 8]);
        var (prompts, nothing) = (randn([2, 5, 12]), randn([1, 5, 12]).expand(2, -1, -1));

        var together = Denoise(model, cache, noise, prompts, nothing);
        for (var video = 0; video < 2; video++)
        {
            var alone = Denoise(model, cache, Row(noise, video), Row(prompts, video), Row(nothing, video));
            TensorAssert.Close(alone, Row(together, video), 1e-4 * TensorAssert.MaxMagnitude(alone), $"video {video}");
        }
        if (cache is not null)
            Assert.IsGreaterThan(1e-3, TensorAssert.MaxDifference(Denoise(model, null, noise, prompts, nothing), together), "the cache changed nothing");
    }

    private static Tensor Denoise(LatteTransformer3DModel model, CacheConfig? cache, Tensor latents, Tensor prompts, Tensor nothing)
    {
        var videos = latents.size(0);
        if (cache is not null)
            model.EnableCache(cache);
        using var run = cache is null ? null : model.BeginRun(Timesteps);
        foreach (var timestep in Timesteps)
        {
            var halves = model.call(cat([latents, latents]), TensorArithmetic.Full([2 * videos], timestep), cat([nothing, prompts]), null, true).chunk(2);
            var guided = halves[0].Plus((halves[1] - halves[0]).Times(3));
            latents = latents - guided.narrow(1, 0, 4).Times(0.05);
        }
        if (cache is not null)
            model.DisableCache();
        return latents;
    }

    private static Tensor Row(Tensor batch, long row) => batch.narrow(0, row, 1);
}
