using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>What the tests of pipelines generate.</summary>
internal static class PipelineCases
{
    public const string Prompt = "a cat on a red chair";

    public const string DpmTrace = "cogvideox-5b-tiny/traces/none_dpm20.json";

    /// <summary>Other than the tiny models' own, 10.</summary>
    public const int TextLength = 12;

    public static CogVideoXGenerationOptions Options { get; } = new() { NumInferenceSteps = 8, MaxSequenceLength = TextLength, Seed = 1 };

    public static CacheConfig? Cache(string name) => name switch
    {
        "none" => null,
        "PAB" => new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (100, 600) },
        "FasterCache" => new FasterCacheConfig
        {
            SpatialAttentionTimestepSkipRange = (-1, 500),
            UnconditionalBatchTimestepSkipRange = (-1, 500),
            UnconditionalBatchSkipRange = 2,
            TensorFormat = TensorFormat.BFCHW,
        },
        _ => throw new ArgumentException(name, nameof(name)),
    };

    /// <summary>One generation with a cache, which is off again afterwards.</summary>
    public static Tensor Cached(this CogVideoXPipeline pipeline, string cache, CogVideoXGenerationOptions options)
    {
        if (Cache(cache) is { } config)
            pipeline.Transformer.EnableCache(config);
        try
        {
            return pipeline.Generate(Prompt, options);
        }
        finally
        {
            pipeline.Transformer.DisableCache();
        }
    }
}
