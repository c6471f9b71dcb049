using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

public abstract partial class DiffusionPipeline<TSelf, TOptions>
{
    /// <summary>
    /// Loads the folder of a pipeline as diffusers saves it: <c>model_index.json</c>, and a folder for each part. Configs, the index and the
    /// headers of all weights are looked at before the first weight is read; what was built is freed where loading fails.
    /// </summary>
    /// <param name="folder">The folder of <c>model_index.json</c>, or a name in the Hub's cache (<see cref="HubCache"/>).</param>
    /// <param name="dtype">The type of all weights, best that in which they were trained, or float32.</param>
    /// <param name="progress">Told the part and the bytes of all parts, at the start of each and every 4 MiB at least.</param>
    /// <param name="cancellationToken">Stops loading.</param>
    /// <param name="variant">Which of several sets of weights, of all models, as <c>fp16</c>; <see langword="null"/> for the plain or only one.</param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <returns>A pipeline on the CPU.</returns>
    /// <exception cref="FileNotFoundException">It is no such folder, or a part, a file of one or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// The index names other classes, a file is malformed, weights do not fit, or the parts do not go together; the message says which.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static new TSelf FromPretrained(
        string folder,
        ScalarType dtype = ScalarType.Float32,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default,
        string? variant = null,
        string? revision = null) =>
        new PipelineFolder<TSelf>(HubCache.FolderOf(folder, revision)).Load(dtype, progress, cancellationToken, variant);

    /// <summary>Refuses what <see cref="Generate(string?, TOptions?, IProgress{GenerationProgress}?, CancellationToken)"/> would refuse, for a folder whose weights are not loaded yet.</summary>
    /// <param name="folder">As for <see cref="FromPretrained"/>; only its index, configs and tokenizers are read.</param>
    /// <param name="prompt">As for <see cref="Generate(string?, TOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>.</param>
    /// <param name="options">As for <see cref="Generate(string?, TOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>.</param>
    /// <param name="cache">The cache that will be enabled, if any.</param>
    /// <param name="device">Where it will run, the CPU if not given: what a device other than this holds is not known here.</param>
    /// <param name="revision">As for <see cref="FromPretrained"/>.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a tensor is of another shape, or the cache cannot work with this model or these options.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory; see <c>Afterimage.IgnoreMemoryEstimates</c> in docs/text-to-video.md.</exception>
    /// <exception cref="FileNotFoundException">It is no such folder, or a part or its config is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a config is malformed.</exception>
    public static void CheckOptions(
        string folder, string? prompt, TOptions? options = null, CacheConfig? cache = null, Device? device = null, string? revision = null) =>
        Resolve(folder, prompt, options, cache, device, revision);

    /// <summary>As <see cref="CheckOptions"/>, and gives the sizes that come of the options.</summary>
    internal static GenerationRequest Resolve(
        string folder, string? prompt, TOptions? options, CacheConfig? cache, Device? device, string? revision = null)
    {
        using var scope = NewDisposeScope();
        using var pipeline = new PipelineFolder<TSelf>(HubCache.FolderOf(folder, revision)).Outline();
        return pipeline.Plan(prompt, options ?? new(), cache, device ?? CPU).Request;
    }
}
