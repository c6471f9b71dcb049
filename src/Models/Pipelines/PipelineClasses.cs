namespace Afterimage.Models;

/// <summary>The pipelines that there are, by the names of their classes in diffusers. A new one is one line here.</summary>
internal static class PipelineClasses
{
    private static readonly SortedDictionary<string, PipelineClass> s_all = new(StringComparer.Ordinal)
    {
        [nameof(CogVideoXImageToVideoPipeline)] = PipelineClass.Of<CogVideoXImageToVideoPipeline, CogVideoXImageToVideoGenerationOptions>(),
        [nameof(CogVideoXPipeline)] = PipelineClass.Of<CogVideoXPipeline, CogVideoXGenerationOptions>(),
        [nameof(FluxPipeline)] = PipelineClass.Of<FluxPipeline, FluxGenerationOptions>(),
        [nameof(LTXPipeline)] = PipelineClass.Of<LTXPipeline, LTXGenerationOptions>(),
        [nameof(LattePipeline)] = PipelineClass.Of<LattePipeline, LatteGenerationOptions>(),
        [nameof(WanImageToVideoPipeline)] = PipelineClass.Of<WanImageToVideoPipeline, WanImageToVideoGenerationOptions>(),
        [nameof(WanPipeline)] = PipelineClass.Of<WanPipeline, WanGenerationOptions>(),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => s_all.Keys;

    /// <summary>What each is made of.</summary>
    public static IEnumerable<(string Name, IReadOnlyList<PipelinePart> Parts)> Parts => s_all.Select(pipeline => (pipeline.Key, pipeline.Value.Parts));

    /// <summary>The class that a folder's index names, or one that reads such a folder too and begins with a picture.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="withImage">Whether there is a picture to begin with.</param>
    /// <exception cref="FileNotFoundException">There is no such folder, or no index in it.</exception>
    /// <exception cref="InvalidDataException">The index is malformed.</exception>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public static PipelineClass Of(string folder, bool withImage = false)
    {
        var name = PipelineIndex.ClassIn(folder);
        if (name is not null && s_all.TryGetValue(name, out var found))
            return (withImage ? s_all.Values.FirstOrDefault(other => other.TakesImage && other.IndexClasses.Contains(name)) : null) ?? found;
        throw new NotSupportedException($"{folder}: there is no pipeline {MalformedFile.Shown(name ?? "without a _class_name")} here; there are {string.Join(", ", Names)}");
    }
}
