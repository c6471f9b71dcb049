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
    private ModelOffload? _offload;
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

    /// <summary>As <see cref="Generate"/>, without decoding (diffusers' <c>output_type="latent"</c>).</summary>
    /// <returns>The latents as <see cref="GenerationOptions.OnStepEnd"/> sees them, of the transformer's type and on the device where it was called. The caller owns them.</returns>
    /// <inheritdoc cref="Generate" path="/param"/>
    /// <inheritdoc cref="Generate" path="/exception"/>
    public abstract Tensor GenerateLatents(
        string? prompt, GenerationOptions options, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Every size and timestep of a generation, without making it.</summary>
    /// <inheritdoc cref="Generate" path="/exception[@cref='T:System.ArgumentException']"/>
    internal abstract (GenerationRequest Request, IReadOnlyList<double> Timesteps) Outline(string? prompt, GenerationOptions options);

    /// <summary>Every size of a generation and the plans of its cached runs, one for each transformer, without making it.</summary>
    /// <param name="prompt">As for <see cref="Generate"/>.</param>
    /// <param name="options">As for <see cref="Generate"/>.</param>
    /// <param name="cache">The cache that will be enabled; <see langword="null"/> for none, which has no plan.</param>
    /// <param name="device">Where it will run.</param>
    /// <inheritdoc cref="Generate" path="/exception[@cref='T:System.ArgumentException']"/>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory.</exception>
    internal abstract (GenerationRequest Request, IReadOnlyList<CachePlan> Plans) Plan(string? prompt, GenerationOptions options, CacheConfig? cache, Device device);

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

    /// <summary>Moves all models. What <see cref="EnableModelCpuOffload"/> began is over.</summary>
    /// <returns>This pipeline.</returns>
    /// <exception cref="InvalidOperationException">A generation is in progress.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public DiffusionPipeline To(Device device)
    {
        using var turn = TakeTurn();
        _offload = null;
        foreach (var module in _modules)
            module.to(device);
        return this;
    }

    /// <summary>
    /// Keeps the models on the CPU; from now on each is on a device only while a generation needs it, one at a time, so that the device holds the largest and not
    /// all. A generation gives the same, and takes the time of the copies; a transformer stays from its first step to its last. Ends with <see cref="To"/>.
    /// Source: diffusers <c>pipelines/pipeline_utils.py</c> (enable_model_cpu_offload).
    /// </summary>
    /// <param name="device">Where the models are called; CUDA's current device if not given.</param>
    /// <returns>This pipeline.</returns>
    /// <exception cref="NotSupportedException">No device is given, and there is no CUDA.</exception>
    /// <exception cref="InvalidOperationException">A generation is in progress.</exception>
    /// <exception cref="ObjectDisposedException">The pipeline is disposed.</exception>
    public DiffusionPipeline EnableModelCpuOffload(Device? device = null)
    {
        if (device is null && !cuda.is_available())
            throw new NotSupportedException(
                $"{nameof(EnableModelCpuOffload)} needs a device that the models visit, and there is no CUDA device here: leave it out, or give a device.");
        return Offload(device ?? CUDA, (model, target) => model.to(target));
    }

    /// <inheritdoc cref="EnableModelCpuOffload"/>
    internal DiffusionPipeline Offload(Device device, Action<nn.Module, Device> move)
    {
        using var turn = TakeTurn();
        foreach (var module in _modules)
            module.to(CPU);
        _offload = new ModelOffload(device, move);
        return this;
    }

    /// <summary>Has a model where it is called.</summary>
    private protected Placement Summon(nn.Module model)
    {
        _offload?.Summon(model);
        return Placement.Of(model);
    }

    /// <summary>Where a model is when it is called, which it may not be yet.</summary>
    private protected Placement PlaceOf(nn.Module model)
    {
        var place = Placement.Of(model);
        return _offload is null ? place : place with { Device = _offload.Device };
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
        public void Dispose()
        {
            try
            {
                pipeline._offload?.SendHome();
            }
            finally
            {
                Volatile.Write(ref pipeline._busy, 0);
            }
        }
    }
}
