using Afterimage.Models;
using Afterimage.Models.Tests;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

/// <summary>The latents of every rank are those of one process, with diffusers' recorded weights. All ranks call it.</summary>
internal static class SharedFilms
{
    // Of the largest number: a batch of one is multiplied in another order than one of two.
    private const double Tolerance = 1e-5;

    private static readonly CacheConfig?[] s_caches =
    [
        null,
        new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (100, 900) },
        new MagCacheConfig { MagRatios = [.. Enumerable.Repeat(0.999, 6)], NumInferenceSteps = 6, Threshold = 0.1, RetentionRatio = 0.2 },
    ];

    /// <summary>With every pipeline whose heads and guidance a layout can share.</summary>
    public static void Check(Communicator all, ParallelLayout layout)
    {
        Check(all, layout, "cogvideox", () => new TinyPipelineFolder(), folder => folder.Path);
        Check(all, layout, "wan", () => new RecordedPipelineFolder("pipeline-wan-tiny"), folder => folder.Path);
        // Three heads; no guidance.
        if (layout.Sequence == 1)
            Check(all, layout, "latte", () => new RecordedPipelineFolder("pipeline-latte-tiny"), folder => folder.Path);
        if (layout.Guidance == 1)
            Check(all, layout, "flux", () => new RecordedPipelineFolder("pipeline-flux-tiny"), folder => folder.Path);
    }

    private static void Check<T>(Communicator all, ParallelLayout layout, string name, Func<T> open, Func<T, string> pathOf)
        where T : IDisposable
    {
        using var folder = open();
        using var pipeline = DiffusionPipeline.FromPretrained(pathOf(folder));
        foreach (var cache in s_caches)
        {
            using var expected = Generate(pipeline, cache);
            foreach (var model in pipeline.CacheableModels)
                model.EnableParallel(layout, all);
            using var latents = Generate(pipeline, cache);
            foreach (var model in pipeline.CacheableModels)
                model.DisableParallel();
            using var scope = NewDisposeScope();
            var largest = Math.Max(1, expected.abs().max().item<float>());
            Assert.IsLessThanOrEqualTo(Tolerance * largest, (latents - expected).abs().max().item<float>(), $"rank {all.Rank}, {layout}, {name}, {cache?.GetType().Name ?? "no cache"}");
        }
    }

    private static Tensor Generate(DiffusionPipeline pipeline, CacheConfig? cache)
    {
        foreach (var model in pipeline.CacheableModels)
        {
            if (cache is not null)
                model.EnableCache(cache);
        }
        var options = pipeline.DefaultOptions with { NumInferenceSteps = 6, MaxSequenceLength = 7, Seed = 1 };
        // Of more pixels than its transformer has positions for.
        var latents = pipeline.GenerateLatents("a red circle", options is WanGenerationOptions wan ? wan with { Height = 48, Width = 80, NumFrames = 9 } : options);
        foreach (var model in pipeline.CacheableModels)
            model.DisableCache();
        return latents;
    }
}
