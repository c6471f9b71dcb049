using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What programs do with any pipeline: films of what it generates, of which a picture is one of one frame.</summary>
internal static class AnyPipeline
{
    /// <summary>Enables a cache on every transformer; nothing where there is none.</summary>
    public static void EnableCache(this DiffusionPipeline pipeline, CacheConfig? cache)
    {
        if (cache is null)
            return;
        foreach (var model in pipeline.CacheableModels)
            model.EnableCache(cache);
    }

    /// <summary>Disables the caches of all transformers.</summary>
    public static void DisableCache(this DiffusionPipeline pipeline)
    {
        foreach (var model in pipeline.CacheableModels)
            model.DisableCache();
    }

    /// <summary>Generates with a pipeline.</summary>
    /// <returns>[batch, frames, 3, height, width] in [0, 1]. The caller owns it.</returns>
    public static Tensor GenerateFilm(
        this DiffusionPipeline pipeline, string prompt, GenerationOptions options, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        var generated = pipeline.Generate(prompt, options, progress, cancellationToken);
        if (generated.dim() == 5)
            return generated;
        using (generated)
            return generated.unsqueeze(1);
    }
}
