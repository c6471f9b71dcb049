using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A class of pipelines, which a folder may name.</summary>
/// <param name="Parts">As <see cref="IPretrainedPipeline{TSelf}.Parts"/>.</param>
/// <param name="IndexClasses">As <see cref="IPretrainedPipeline{TSelf}.IndexClasses"/>.</param>
/// <param name="DefaultOptions">As <see cref="DiffusionPipeline.DefaultOptions"/>.</param>
/// <param name="Load">As <see cref="DiffusionPipeline{TSelf, TOptions}.FromPretrained"/>.</param>
/// <param name="Outline">The pipeline of a folder without weights: its models are on the META device. The caller disposes of it.</param>
/// <param name="Resolve">As <see cref="DiffusionPipeline{TSelf, TOptions}.CheckOptions"/>, with the sizes that come of the options.</param>
internal sealed record PipelineClass(
    IReadOnlyList<PipelinePart> Parts,
    IReadOnlyList<string> IndexClasses,
    GenerationOptions DefaultOptions,
    Func<string, ScalarType, IProgress<LoadProgress>?, CancellationToken, string?, DiffusionPipeline> Load,
    Func<string, DiffusionPipeline> Outline,
    Func<string, string?, GenerationOptions, CacheConfig?, Device, GenerationRequest> Resolve)
{
    /// <summary>Whether it begins with a picture.</summary>
    public bool TakesImage => DefaultOptions.WithImage(null) is not null;

    /// <summary>The class of these types.</summary>
    public static PipelineClass Of<TPipeline, TOptions>()
        where TPipeline : DiffusionPipeline<TPipeline, TOptions>, IPretrainedPipeline<TPipeline>
        where TOptions : GenerationOptions, new() => new(
            TPipeline.Parts,
            TPipeline.IndexClasses,
            new TOptions(),
            (folder, dtype, progress, cancellationToken, variant) => new PipelineFolder<TPipeline>(folder).Load(dtype, progress, cancellationToken, variant),
            folder => new PipelineFolder<TPipeline>(folder).Outline(),
            (folder, prompt, options, cache, device) => DiffusionPipeline<TPipeline, TOptions>.Resolve(folder, prompt, (TOptions)options, cache, device));
}
