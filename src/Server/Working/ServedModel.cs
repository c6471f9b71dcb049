using Afterimage.Models;
using Afterimage.Server.Jobs;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Server.Working;

/// <summary>
/// A pipeline that is served, without weights: what it can generate, what that costs, and how it is loaded. Plans and prices are worked out on the META device, so that
/// any node can say them.
/// </summary>
internal sealed class ServedModel : IDisposable
{
    private const int MostPrices = 256;
    private readonly ModelFolder _folder;
    private readonly ServerOptions _options;
    private readonly Lock _lock = new();
    private readonly DiffusionPipeline _outline;
    private readonly Dictionary<(int Height, int Width, int Frames, GuidanceLayout Layout, int Results), ModelProfile> _profiles = [];

    /// <exception cref="FileNotFoundException">There is no such folder, or a part is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a config is malformed.</exception>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public ServedModel(ModelFolder folder, ServerOptions options)
    {
        (_folder, _options) = (folder, options);
        Path = HubCache.FolderOf(folder.Folder);
        Class = PipelineClasses.Of(Path);
        // What a picture costs cannot be worked out without weights: libtorch has no convolutions on META.
        if (Class.TakesImage)
            throw new NotSupportedException($"{Path}: a pipeline that begins with a picture cannot be served; those of text to video and text to image can.");
        _outline = Class.Outline(Path);
        Weights = Directory.EnumerateFiles(Path, "*.safetensors", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
    }

    /// <summary>What requests call it.</summary>
    public string Name => _folder.Name;

    /// <summary>Its folder.</summary>
    public string Path { get; }

    /// <summary>What it is.</summary>
    public PipelineClass Class { get; }

    /// <summary>The bytes of its weights' files.</summary>
    public long Weights { get; }

    /// <summary>Whether it makes films, and not pictures.</summary>
    public bool MakesFilms => Class.DefaultOptions is VideoGenerationOptions;

    // Where it is null, the machine's memory is what there is.
    private double? MostBytesOfHistory => _options.MostBytesOfHistory ?? (_options.Device == DeviceType.CPU ? null : double.PositiveInfinity);

    /// <summary>How a request is generated.</summary>
    /// <exception cref="ArgumentException">It asks for frames of a pipeline that makes pictures.</exception>
    public GenerationOptions OptionsOf(JobRequest request)
    {
        var defaults = Class.DefaultOptions;
        var options = defaults with
        {
            NegativePrompt = request.NegativePrompt,
            Height = request.Height,
            Width = request.Width,
            NumInferenceSteps = request.Steps,
            GuidanceScale = request.GuidanceScale ?? defaults.GuidanceScale,
            Seed = request.Seed,
            PerPrompt = request.Results,
        };
        return (options, request.Frames) switch
        {
            (VideoGenerationOptions video, { } frames) => video with { NumFrames = frames },
            (_, { } frames) => throw new ArgumentException($"num_frames {frames} would do nothing: {Name} makes pictures."),
            _ => options,
        };
    }

    /// <summary>The sizes of a request and the plans of its cached runs, one of each transformer, with what a run costs.</summary>
    /// <exception cref="ArgumentException">It cannot be generated; the message says what was expected.</exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory.</exception>
    public PricedPlan Price(JobRequest request)
    {
        lock (_lock)
        {
            using var scope = NewDisposeScope();
            var options = OptionsOf(request);
            var (sizes, plans) = _outline.Plan(request.Prompt, options, CacheText.Parse(request.Cache), new Device(_options.Device));
            var priced = new PricedPlan(sizes, plans, ProfileOf(request, options, sizes), request.Steps);
            MemoryEstimate.Require("cache", priced.HistoryBytes, "its histories", "ask for fewer or smaller frames, or for another cache", MostBytesOfHistory);
            return priced;
        }
    }

    /// <summary>Loads it with its weights onto a device. The caller disposes of it.</summary>
    public DiffusionPipeline Load(Device device, CancellationToken cancellationToken)
    {
        var pipeline = Class.Load(Path, _options.Dtype, null, cancellationToken, _folder.Variant);
        try
        {
            return pipeline.To(device);
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _outline.Dispose();

    /// <summary>What one step costs at a size, measured once.</summary>
    private ModelProfile ProfileOf(JobRequest request, GenerationOptions options, GenerationRequest sizes)
    {
        var size = (sizes.Height, sizes.Width, sizes.Frames, sizes.Layout, request.Results);
        if (_profiles.TryGetValue(size, out var known))
            return known;
        if (_profiles.Count == MostPrices)
            _profiles.Clear();
        // Of several transformers, which are alike, one makes the first step.
        return _profiles[size] = _outline.CacheableModels.Select(model => Measure(model, request.Prompt, options, sizes)).First(profile => profile.TotalFlops > 0);
    }

    /// <summary>The latents after the first step of a generation that is cancelled then: there are schedules that have no single step.</summary>
    private Tensor FirstStep(string prompt, GenerationOptions options)
    {
        using var stop = new CancellationTokenSource();
        Tensor? first = null;
        try
        {
            return _outline.GenerateLatents(prompt, options with { OnStepEnd = (_, _, latents) => Stop(latents) }, null, stop.Token);
        }
        catch (OperationCanceledException) when (first is not null)
        {
            return first;
        }

        void Stop(Tensor latents)
        {
            first = latents.alias().DetachFromDisposeScope();
            stop.Cancel();
        }
    }

    private ModelProfile Measure(ICacheableModel model, string prompt, GenerationOptions options, GenerationRequest sizes)
    {
        var profile = ModelProfiler.Measure((nn.Module)model, () => FirstStep(prompt, options));
        return sizes.Layout == GuidanceLayout.Batched ? profile with { OutputElements = 2 * profile.OutputElements } : profile;
    }
}
