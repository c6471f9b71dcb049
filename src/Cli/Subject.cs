using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>A model with inputs of the size that its config is made for, random but for their shapes.</summary>
/// <param name="Model">The model, which it owns.</param>
/// <param name="Example">The inputs.</param>
/// <param name="SchedulerFile">The scheduler beside the model, if there is one.</param>
internal sealed record Subject(IDiffusionTransformer Model, TransformerExample Example, SchedulerFile? SchedulerFile = null) : IDisposable
{
    /// <summary>The classifier-free guidance scale of runs.</summary>
    public const double GuidanceScale = 6;

    /// <summary>The model class, for titles.</summary>
    public string Name => Model.GetType().Name;

    /// <summary>The model.</summary>
    public nn.Module Module => (nn.Module)Model;

    /// <summary>Its cache.</summary>
    public ICacheableModel Cache => Model;

    /// <summary>What a run starts from, <c>[batch, …]</c>, without guidance.</summary>
    public Tensor Latents => Example.Latents;

    /// <summary>
    /// How <c>bench</c> gives guidance: in one call where there is any, also to a model whose pipeline calls it twice, so that all
    /// caches can be compared.
    /// </summary>
    public GuidanceLayout BenchLayout => Cache.GuidanceLayout == GuidanceLayout.None ? GuidanceLayout.None : GuidanceLayout.Batched;

    /// <summary>
    /// Whether the unconditional half of guidance can be rebuilt from its frequencies: there is guidance, and latents are laid out in rows and columns, and
    /// not packed into tokens.
    /// </summary>
    public bool RebuildsGuidance => Cache.GuidanceLayout != GuidanceLayout.None && Latents.dim() > 3;

    /// <summary>A model with inputs. It is freed where there can be none.</summary>
    public static Subject Of(IDiffusionTransformer model, ScalarType dtype, Device device, SchedulerFile? scheduler = null)
    {
        try
        {
            return new Subject(model, model.Example(dtype, device), scheduler);
        }
        catch
        {
            ((nn.Module)model).Dispose();
            throw;
        }
    }

    /// <summary>Builds a model without weights, on the META device, from a config.json or a folder that holds one.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static Subject OfConfig(string path)
    {
        var config = FindConfig(path);
        var scheduler = SchedulerFile.Beside(config);
        const ScalarType Dtype = ScalarType.BFloat16;
        return Of((IDiffusionTransformer)Find(config).FromConfigFile(config, META, Dtype), Dtype, META, scheduler);
    }

    /// <summary>Loads a model with its weights, of a variant or not, from a folder, to a device.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static Subject Load(string path, ScalarType dtype, string? variant, Device device, CancellationToken cancellationToken)
    {
        var scheduler = SchedulerFile.Beside(FindConfig(path));
        return Of((IDiffusionTransformer)LoadModel(path, dtype, variant, null, cancellationToken, device), dtype, device, scheduler);
    }

    /// <summary>Loads a model alone, without inputs, to the CPU where no device is named.</summary>
    /// <exception cref="NotSupportedException">There is no such model here.</exception>
    public static nn.Module LoadModel(
        string path, ScalarType dtype, string? variant, IProgress<LoadProgress>? progress, CancellationToken cancellationToken, Device? device = null)
    {
        var config = FindConfig(path);
        return Find(config).FromPretrained(Path.GetDirectoryName(config)!, dtype, device ?? CPU, progress, cancellationToken, variant);
    }

    /// <summary>Begins a run of the scheduler beside the model, or of the usual one.</summary>
    public PipelineScheduler Scheduler(int steps) => PipelineScheduler.Begin(SchedulerFile, Model, steps, Example.Tokens);

    /// <summary>Calls the model on latents (guidance batch included) at a timestep, and gives what a scheduler takes.</summary>
    public Tensor Forward(Tensor latents, double timestep) => Example.Forward(latents, timestep);

    /// <inheritdoc/>
    public void Dispose()
    {
        Latents.Dispose();
        Module.Dispose();
    }

    /// <summary>Whether a path is a config.json, or a folder with one.</summary>
    public static bool HasConfig(string path) => Configs(path).Any(File.Exists);

    /// <summary>Whether the config of a path names a transformer that is known here.</summary>
    public static bool IsTransformer(string path) => ModelClasses.TryFind<IDiffusionTransformer>(ClassOf(FindConfig(path))) is not null;

    private static string[] Configs(string path) =>
        [path, Path.Combine(path, "config.json"), Path.Combine(path, "transformer", "config.json"), Path.Combine(path, "model", "config.json")];

    private static string FindConfig(string path) => Configs(HubCache.FolderOf(path)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"'{path}' is neither a config.json nor a folder with one (looked for config.json, transformer/config.json and model/config.json).");

    private static string ClassOf(string config) => JsonFile.Object(config).TryGetProperty("_class_name", out var name) ? name.ToString() : "";

    private static ModelClass Find(string config) => ModelClasses.Find<IDiffusionTransformer>(ClassOf(config), config);
}
