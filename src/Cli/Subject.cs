using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>A model with inputs of the size that its config is made for, random but for their shapes.</summary>
/// <param name="Name">The model class, for titles.</param>
/// <param name="Module">The model.</param>
/// <param name="Cache">Its cache.</param>
/// <param name="Latents">What a run starts from, <c>[batch, …]</c>, without guidance.</param>
/// <param name="Forward">Calls the model on latents (guidance batch included) at a timestep, and gives what a scheduler takes.</param>
/// <param name="Scheduler">Makes the scheduler of a number of steps.</param>
internal sealed partial record Subject(
    string Name,
    nn.Module Module,
    ICacheableModel Cache,
    Tensor Latents,
    Func<Tensor, double, Tensor> Forward,
    Func<int, PipelineScheduler> Scheduler) : IDisposable
{
    /// <summary>The classifier-free guidance scale of runs.</summary>
    public const double GuidanceScale = 6;

    /// <summary>
    /// How <c>bench</c> gives guidance: in one call where there is any, also to a model whose pipeline calls it twice, so that all
    /// caches can be compared.
    /// </summary>
    public GuidanceLayout BenchLayout => Cache.GuidanceLayout == GuidanceLayout.None ? GuidanceLayout.None : GuidanceLayout.Batched;

    /// <summary>Builds a model without weights, on the META device, from a config.json or a folder that holds one.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static Subject OfConfig(string path)
    {
        var config = FindConfig(path);
        var scheduler = SchedulerFile.Beside(config);
        const ScalarType Dtype = ScalarType.BFloat16;
        return ClassOf(config) switch
        {
            nameof(CogVideoXTransformer3DModel) =>
                CogVideoX(CogVideoXTransformer3DModel.FromConfig(CogVideoXTransformer3DModelConfig.FromFile(config), META, Dtype), Dtype, META, scheduler),
            nameof(FluxTransformer2DModel) =>
                Flux(FluxTransformer2DModel.FromConfig(FluxTransformer2DModelConfig.FromFile(config), META, Dtype), Dtype, META, scheduler),
            nameof(LatteTransformer3DModel) =>
                Latte(LatteTransformer3DModel.FromConfig(LatteTransformer3DModelConfig.FromFile(config), META, Dtype), Dtype, META, scheduler),
            nameof(WanTransformer3DModel) =>
                Wan(WanTransformer3DModel.FromConfig(WanTransformer3DModelConfig.FromFile(config), META, Dtype), Dtype, META, scheduler),
            var other => throw NoSuchModel(other),
        };
    }

    /// <summary>Loads a model with its weights, of a variant or not, from a folder.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static Subject Load(string path, ScalarType dtype, string? variant, CancellationToken cancellationToken)
    {
        var scheduler = SchedulerFile.Beside(FindConfig(path));
        return LoadModel(path, dtype, variant, null, cancellationToken) switch
        {
            CogVideoXTransformer3DModel model => CogVideoX(model, dtype, CPU, scheduler),
            FluxTransformer2DModel model => Flux(model, dtype, CPU, scheduler),
            LatteTransformer3DModel model => Latte(model, dtype, CPU, scheduler),
            WanTransformer3DModel model => Wan(model, dtype, CPU, scheduler),
            var other => throw NoSuchModel(other.GetType().Name),
        };
    }

    /// <summary>Loads a model alone, without inputs.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static nn.Module LoadModel(
        string path, ScalarType dtype, string? variant, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(FindConfig(path))!;
        return ClassOf(Path.Combine(folder, "config.json")) switch
        {
            nameof(CogVideoXTransformer3DModel) =>
                CogVideoXTransformer3DModel.FromPretrained(folder, dtype, CPU, progress, cancellationToken, variant),
            nameof(FluxTransformer2DModel) => FluxTransformer2DModel.FromPretrained(folder, dtype, CPU, progress, cancellationToken, variant),
            nameof(LatteTransformer3DModel) => LatteTransformer3DModel.FromPretrained(folder, dtype, CPU, progress, cancellationToken, variant),
            nameof(WanTransformer3DModel) => WanTransformer3DModel.FromPretrained(folder, dtype, CPU, progress, cancellationToken, variant),
            var other => throw NoSuchModel(other),
        };
    }

    /// <summary>The model that <c>bench</c> measures when it is given none: 1,200 tokens of width 512, 6 layers, random weights.</summary>
    public static Subject Default(ScalarType dtype)
    {
        manual_seed(0);
        var config = new CogVideoXTransformer3DModelConfig
        {
            NumAttentionHeads = 8,
            AttentionHeadDim = 64,
            NumLayers = 6,
            TextEmbedDim = 128,
            TimeEmbedDim = 128,
            MaxTextSeqLength = 48,
            SampleHeight = 32,
            SampleWidth = 48,
            SampleFrames = 9,
        };
        return CogVideoX(CogVideoXTransformer3DModel.FromConfig(config, CPU, dtype), dtype, CPU);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Latents.Dispose();
        Module.Dispose();
    }

    /// <summary>Whether a path is a config.json, or a folder with one.</summary>
    public static bool HasConfig(string path) => Configs(path).Any(File.Exists);

    /// <summary>Whether the config of a path names a transformer that is known here.</summary>
    public static bool IsTransformer(string path) => ClassOf(FindConfig(path)) is nameof(CogVideoXTransformer3DModel)
        or nameof(FluxTransformer2DModel) or nameof(LatteTransformer3DModel) or nameof(WanTransformer3DModel);

    private static string[] Configs(string path) =>
        [path, Path.Combine(path, "config.json"), Path.Combine(path, "transformer", "config.json"), Path.Combine(path, "model", "config.json")];

    private static string FindConfig(string path) => Configs(HubCache.FolderOf(path)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"'{path}' is neither a config.json nor a folder with one (looked for config.json, transformer/config.json and model/config.json).");

    private static string ClassOf(string config) => JsonFile.Object(config).TryGetProperty("_class_name", out var name) ? name.ToString() : "";

    private static NotSupportedException NoSuchModel(string name) =>
        new($"The model class '{name}' cannot be planned or measured here yet; {nameof(CogVideoXTransformer3DModel)}, "
            + $"{nameof(FluxTransformer2DModel)}, {nameof(LatteTransformer3DModel)} and {nameof(WanTransformer3DModel)} can.");
}
