using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The pipelines that there are, by the names of their classes in diffusers. A new one is one line here.</summary>
internal static class PipelineClasses
{
    private static readonly SortedDictionary<string, PipelineClass> s_all = new(StringComparer.Ordinal)
    {
        [nameof(CogVideoXImageToVideoPipeline)] = PipelineClass.Of<CogVideoXImageToVideoPipeline>(),
        [nameof(CogVideoXPipeline)] = PipelineClass.Of<CogVideoXPipeline>(),
        [nameof(FluxPipeline)] = PipelineClass.Of<FluxPipeline>(),
        [nameof(LTXPipeline)] = PipelineClass.Of<LTXPipeline>(),
        [nameof(LattePipeline)] = PipelineClass.Of<LattePipeline>(),
        [nameof(WanPipeline)] = PipelineClass.Of<WanPipeline>(),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => s_all.Keys;

    /// <summary>The class that a folder's index names.</summary>
    /// <exception cref="FileNotFoundException">There is no such folder, or no index in it.</exception>
    /// <exception cref="InvalidDataException">The index is malformed.</exception>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public static PipelineClass Of(string folder)
    {
        var name = PipelineIndex.ClassIn(folder);
        return name is not null && s_all.TryGetValue(name, out var found)
            ? found
            : throw new NotSupportedException($"{folder}: there is no pipeline {MalformedFile.Shown(name ?? "without a _class_name")} here; there are {string.Join(", ", Names)}");
    }
}

/// <summary>A class of pipelines, which a folder may name.</summary>
/// <param name="Load">As <see cref="DiffusionPipeline{TSelf, TOptions}.FromPretrained"/>.</param>
internal sealed record PipelineClass(Func<string, ScalarType, IProgress<LoadProgress>?, CancellationToken, string?, DiffusionPipeline> Load)
{
    /// <summary>The class of that type.</summary>
    public static PipelineClass Of<TPipeline>() where TPipeline : DiffusionPipeline, IPretrainedPipeline<TPipeline> => new(
        (folder, dtype, progress, cancellationToken, variant) => new PipelineFolder<TPipeline>(folder).Load(dtype, progress, cancellationToken, variant));
}
