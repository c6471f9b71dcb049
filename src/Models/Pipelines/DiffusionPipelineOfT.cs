using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What all pipelines do alike: check, encode, denoise, decode.</summary>
/// <typeparam name="TSelf">The pipeline.</typeparam>
/// <typeparam name="TOptions">What it is asked for besides a prompt.</typeparam>
public abstract partial class DiffusionPipeline<TSelf, TOptions> : DiffusionPipeline
    where TSelf : DiffusionPipeline<TSelf, TOptions>, IPretrainedPipeline<TSelf>
    where TOptions : GenerationOptions, new()
{
    private readonly nn.Module _transformer;

    /// <param name="transformer">The transformer whose type and device latents have.</param>
    /// <param name="scheduler">Goes from a prediction to the next latents.</param>
    /// <param name="others">The other models, where they are.</param>
    private protected DiffusionPipeline(nn.Module transformer, IScheduler scheduler, params IEnumerable<nn.Module?> others)
        : base([.. others, transformer]) => (_transformer, Scheduler) = (transformer, scheduler);

    /// <inheritdoc/>
    public sealed override IScheduler Scheduler
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var classes = TSelf.Parts.Single(part => part.Name == PartNames.Scheduler).Classes;
            if (!classes.Contains(value.GetType().Name))
                throw new ArgumentException($"expected a scheduler of the class {string.Join(" or ", classes)}, found {value.GetType().Name}", nameof(value));
            field = value;
        }
    }

    /// <inheritdoc cref="DiffusionPipeline.To"/>
    public new TSelf To(Device device) => (TSelf)base.To(device);

    /// <inheritdoc cref="DiffusionPipeline.EnableModelCpuOffload"/>
    public new TSelf EnableModelCpuOffload(Device? device = null) => (TSelf)base.EnableModelCpuOffload(device);

    /// <inheritdoc/>
    public sealed override GenerationOptions DefaultOptions => new TOptions();

    /// <inheritdoc cref="DiffusionPipeline.Generate"/>
    public Tensor Generate(
        string? prompt, TOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var turn = TakeTurn();
        using var noGradient = no_grad();
        options ??= new();
        using var generator = GeneratorOf(options);
        using var latents = Denoise(prompt, options, generator, progress, cancellationToken, out var request);
        return Decode(latents, options, request, generator, progress, cancellationToken);
    }

    /// <inheritdoc/>
    public sealed override Tensor Generate(
        string? prompt, GenerationOptions options, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Generate(prompt, Own(options), progress, cancellationToken);

    /// <inheritdoc cref="DiffusionPipeline.GenerateLatents"/>
    public Tensor GenerateLatents(
        string? prompt, TOptions? options = null, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using var turn = TakeTurn();
        using var noGradient = no_grad();
        options ??= new();
        using var generator = GeneratorOf(options);
        using var latents = Denoise(prompt, options, generator, progress, cancellationToken, out _);
        return latents.alias();
    }

    /// <inheritdoc/>
    public sealed override Tensor GenerateLatents(
        string? prompt, GenerationOptions options, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        GenerateLatents(prompt, Own(options), progress, cancellationToken);

    /// <inheritdoc/>
    internal sealed override (GenerationRequest Request, IReadOnlyList<double> Timesteps) Outline(string? prompt, GenerationOptions options)
    {
        using var turn = TakeTurn();
        var own = Own(options);
        var request = Resolve(prompt, own, Place.Device.type == DeviceType.CPU);
        using var schedule = Scheduler.BeginRun(ScheduleOf(own, request));
        return (request, [.. schedule.Timesteps]);
    }

    /// <inheritdoc/>
    internal sealed override (GenerationRequest Request, IReadOnlyList<CachePlan> Plans) Plan(
        string? prompt, GenerationOptions options, CacheConfig? cache, Device device)
    {
        using var turn = TakeTurn();
        var own = Own(options);
        var request = Resolve(prompt, own, device.type == DeviceType.CPU);
        using var schedule = Scheduler.BeginRun(ScheduleOf(own, request));
        if (cache is null)
            return (request, []);
        var plans = SpansOf(schedule.Timesteps)
            .Select(span => CachePlan.Create(cache, span.Of(schedule.Timesteps), span.Model.CacheSites, request.Layout)).ToList();
        plans.ForEach(plan => request.Check(plan, Scheduler));
        return (request, plans);
    }

    /// <summary>Works out and checks every size.</summary>
    /// <param name="prompt">As for <see cref="Generate(string?, TOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>.</param>
    /// <param name="options">As for <see cref="Generate(string?, TOptions?, IProgress{GenerationProgress}?, CancellationToken)"/>.</param>
    /// <param name="isOnCpu">Whether it runs in this process's memory.</param>
    /// <exception cref="ArgumentException">Something cannot be generated; the message says what was expected.</exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory.</exception>
    private protected abstract GenerationRequest Resolve(string? prompt, TOptions options, bool isOnCpu);

    /// <summary>Encodes the prompts and draws the noise. The caller disposes of the result; all else that it makes is in the current dispose scope.</summary>
    private protected abstract Denoiser Prepare(string? prompt, TOptions options, GenerationContext context);

    /// <summary>The pixels of latents, in [0, 1], float32, on the CPU, in the current dispose scope.</summary>
    private protected abstract Tensor DecodeFrames(
        Tensor latents, TOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken);

    /// <summary>What the scheduler is asked for.</summary>
    private protected virtual ScheduleRequest ScheduleOf(TOptions options, GenerationRequest request) => ScheduleRequest.Of(options.NumInferenceSteps);

    /// <summary>The guidance scale of a step.</summary>
    private protected virtual double GuidanceScaleAt(TOptions options, double timestep) => options.GuidanceScale;

    /// <summary>Which steps each transformer makes.</summary>
    private protected virtual IReadOnlyList<DenoisingSpan> SpansOf(IReadOnlyList<double> timesteps) => [new(CacheableModels[0], 0, timesteps.Count)];

    /// <summary>The type and the device that latents have: the transformer's.</summary>
    private protected Placement Place => PlaceOf(_transformer);

    /// <summary>All but decoding; the result is outside of dispose scopes and the caller's.</summary>
    private Tensor Denoise(
        string? prompt, TOptions options, Generator? generator, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken,
        out GenerationRequest request)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TruncatedTexts = [];
        request = Resolve(prompt, options, Place.Device.type == DeviceType.CPU);
        using var schedule = Scheduler.BeginRun(ScheduleOf(options, request));
        // Begun before any work: a cache that cannot work with these options is refused here.
        using var runs = CachedRuns.Begin(SpansOf(schedule.Timesteps), schedule.Timesteps, request, Scheduler);
        using var denoiser = PrepareInScope(prompt, options, new GenerationContext(request, schedule, generator, progress, cancellationToken));
        var timesteps = schedule.Timesteps;
        using var check = new StepsCheck(timesteps);
        try
        {
            progress?.Report(new GenerationProgress(GenerationStage.Denoising, 0, timesteps.Count));
            for (var i = 0; i < timesteps.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                CurrentTimestep = timesteps[i];
                var (model, run) = runs.At(i);
                Summon((nn.Module)model);
                denoiser.Step(i, GuidanceScaleAt(options, timesteps[i]), model, run);
                check.Add(i, denoiser.Latents);
                ShowStep(options, i, timesteps[i], denoiser.Latents);
                progress?.Report(new GenerationProgress(GenerationStage.Denoising, i + 1, timesteps.Count));
            }

            check.Finish();
            return denoiser.Finish();
        }
        finally
        {
            CurrentTimestep = null;
        }
    }

    private static TOptions Own(GenerationOptions options) =>
        options as TOptions ?? throw new ArgumentException($"expected {typeof(TOptions).Name}, found {options?.GetType().Name ?? "nothing"}", nameof(options));

    private static Generator? GeneratorOf(TOptions options) => options.Seed is { } seed ? new Generator(unchecked((ulong)seed), CPU) : null;

    private Denoiser PrepareInScope(string? prompt, TOptions options, GenerationContext context)
    {
        using var scope = NewDisposeScope();
        return Prepare(prompt, options, context);
    }

    private static void ShowStep(TOptions options, int index, double timestep, Tensor latents)
    {
        if (options.OnStepEnd is not { } callback)
            return;
        using var view = latents.alias();
        callback(index, timestep, view);
    }

    private Tensor Decode(
        Tensor latents, TOptions options, GenerationRequest request, Generator? generator, IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        progress?.Report(new GenerationProgress(GenerationStage.Decoding, 0, 1));
        var frames = DecodeFrames(latents, options, request, generator, cancellationToken);
        progress?.Report(new GenerationProgress(GenerationStage.Decoding, 1, 1));
        return frames.MoveToOuterDisposeScope();
    }
}
