using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// From a prompt to frames. If a cache is enabled on its transformer, every generation is a run of it, which the pipeline begins and ends. Not thread-safe: one
/// generation at a time. Whatever ends a generation, the pipeline is as it was before. It owns its parts, which are freed with it.
/// </summary>
public abstract class DiffusionPipeline : IDisposable
{
    private readonly IReadOnlyList<nn.Module> _modules;
    private int _busy;
    private bool _isDisposed;

    private protected DiffusionPipeline(params IEnumerable<nn.Module?> modules) => _modules = [.. modules.OfType<nn.Module>()];

    /// <summary>What a generation is asked for if nothing else is said: the defaults of the pipeline's own options.</summary>
    public abstract GenerationOptions DefaultOptions { get; }

    /// <summary>The transformers, in the order in which a generation calls them. Caches are enabled here.</summary>
    public abstract IReadOnlyList<ICacheableModel> CacheableModels { get; }

    /// <summary>Goes from a prediction to the next latents. A generation sets its timesteps.</summary>
    /// <exception cref="ArgumentException">It is of a class that this pipeline does not work with.</exception>
    public abstract IScheduler Scheduler { get; set; }

    /// <summary>
    /// The timestep of the step that is being done; <see langword="null"/> outside of denoising. For
    /// <see cref="CacheConfig.CurrentTimestepCallback"/>.
    /// </summary>
    public double? CurrentTimestep { get; private protected set; }

    /// <summary>
    /// What of the last generation's prompts went beyond <see cref="GenerationOptions.MaxSequenceLength"/> and was left out, the
    /// prompt's before the negative prompt's; empty where all of them was used.
    /// </summary>
    public IReadOnlyList<string> TruncatedTexts { get; private protected set; } = [];

    /// <summary>Loads the folder of any pipeline that there is here, of the class that its <c>model_index.json</c> names.</summary>
    /// <inheritdoc cref="DiffusionPipeline{TSelf, TOptions}.FromPretrained" path="/param"/>
    /// <inheritdoc cref="DiffusionPipeline{TSelf, TOptions}.FromPretrained" path="/exception"/>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public static DiffusionPipeline FromPretrained(
        string folder,
        ScalarType dtype = ScalarType.Float32,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default,
        string? variant = null,
        string? revision = null)
    {
        folder = HubCache.FolderOf(folder, revision);
        return PipelineClasses.Of(folder).Load(folder, dtype, progress, cancellationToken, variant);
    }

    /// <summary>Makes videos or pictures.</summary>
    /// <param name="prompt">What to show; may be empty. <see langword="null"/> with <see cref="GenerationOptions.PromptEmbeds"/>.</param>
    /// <param name="options">Everything else: <see cref="DefaultOptions"/>, or others of their type.</param>
    /// <param name="progress">Told the beginning of every stage, and every step.</param>
    /// <param name="cancellationToken">Looked at before every prompt, denoising step and part that is decoded.</param>
    /// <returns>[batch, frames, 3, height, width], for pictures [batch, 3, height, width], in [0, 1], float32, on the CPU. The caller owns it.</returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a tensor is of another shape, or the enabled cache cannot work with these options. Nothing was done yet.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="NotFiniteNumberException">
    /// Text embeddings, the latents after a step or decoded frames have NaN or infinity in them; the message says which, and the likely
    /// cause.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another generation is in progress.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public abstract Tensor Generate(
        string? prompt, GenerationOptions options, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var module in _modules)
            module.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes frames of latents.</summary>
    internal Autoencoder Vae => _modules.OfType<Autoencoder>().Single();

    /// <summary>Moves all models.</summary>
    /// <returns>This pipeline.</returns>
    public DiffusionPipeline To(Device device)
    {
        foreach (var module in _modules)
            module.to(device);
        return this;
    }

    private protected Turn TakeTurn()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            throw new InvalidOperationException("The pipeline is in the middle of a generation. It makes one at a time: wait for its end.");
        return new Turn(this);
    }

    private protected readonly struct Turn(DiffusionPipeline pipeline) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref pipeline._busy, 0);
    }
}
