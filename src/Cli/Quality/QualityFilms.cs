using System.Diagnostics;
using Afterimage.Cli.Generate;
using Afterimage.Models;
using Afterimage.Video;
using Afterimage.Video.MovingShapes;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Quality;

/// <summary>
/// Generates the films: for each prompt without a cache first, then with each cache, beginning with another for every prompt, so that a
/// machine whose speed drifts slows all of them alike.
/// </summary>
internal sealed class QualityFilms(CogVideoXPipeline pipeline, QualityRequest request) : IDisposable
{
    // Enough for a cache to skip something: the first time takes longer.
    private const int WarmUpSteps = 4;

    private readonly Dictionary<(int Cache, int Prompt), QualityFilm> _films = [];
    private readonly Dictionary<(int Cache, int Prompt), Film> _stills = [];
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);
    private Tensor? _uncached;

    /// <summary>What there is to know of plans and prompts.</summary>
    public IEnumerable<string> Notes => _notes;

    /// <summary>The size of the films.</summary>
    public string Form { get; private set; } = "";

    /// <summary>Which prompts have stills.</summary>
    public IReadOnlyList<int> Shown { get; } =
        [.. Enumerable.Range(0, Math.Min(QualityPicture.Columns, request.Prompts.Count))
            .Select(i => i * request.Prompts.Count / Math.Min(QualityPicture.Columns, request.Prompts.Count))];

    /// <summary>The middle frame of a film of a shown prompt.</summary>
    public Film Still(int cache, int prompt) => _stills[(cache, prompt)];

    /// <summary>Generates and measures all. The caches come in the request's order.</summary>
    public IReadOnlyList<CacheQuality> Measure(CancellationToken cancellationToken)
    {
        var caches = request.Caches.Count;
        LongWork.Run("quality", caches * (request.Prompts.Count + 1), (i, progress) =>
        {
            if (i < caches)
                WarmUp(request.Caches[i], progress, cancellationToken);
            else
                Measure(CacheOf(i), i / caches - 1, progress, cancellationToken);
            return i;
        }, i => i < caches ? "warm-up" : $"prompt {i / caches} of {request.Prompts.Count}, {request.Caches[CacheOf(i)].Name}");
        return
        [
            .. request.Caches.Select((cache, c) =>
                new CacheQuality(cache.Name, [.. request.Prompts.Select((_, prompt) => _films[(c, prompt)])])),
        ];

        int CacheOf(int i) => i % caches == 0 ? 0 : 1 + (i % caches - 1 + i / caches) % (caches - 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _uncached?.Dispose();

    private void WarmUp(CacheChoice cache, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var options = request.Options with { NumInferenceSteps = Math.Min(WarmUpSteps, request.Options.NumInferenceSteps) };
        Generate(cache, request.Prompts[0], options, new RunWatch(pipeline.Transformer).Over(progress, 0, 1), cancellationToken).Dispose();
    }

    private void Measure(int cache, int prompt, IProgress<double> progress, CancellationToken cancellationToken)
    {
        var watch = new RunWatch(pipeline.Transformer);
        var isOnCuda = request.Pipeline.Device == DeviceType.CUDA;
        if (!isOnCuda)
            PeakMemory.Reset();
        var started = Stopwatch.GetTimestamp();
        var frames = Generate(
            request.Caches[cache],
            request.Prompts[prompt],
            request.Options with { Seed = request.Options.Seed + prompt },
            watch.Over(progress, 0, 1),
            cancellationToken);
        var time = Stopwatch.GetElapsedTime(started);
        var peak = isOnCuda ? 0 : PeakMemory.Read();
        try
        {
            if (cache == 0)
            {
                _uncached?.Dispose();
                _uncached = frames;
                Form = $"{frames.shape[1]} frames of {frames.shape[^1]} × {frames.shape[^2]}";
            }
            _films[(cache, prompt)] = new QualityFilm(
                time,
                VideoQuality.Psnr(frames, _uncached!),
                VideoQuality.Ssim(frames, _uncached!),
                Agreement(request.Prompts[prompt], frames),
                1 - watch.AttentionComputed,
                1 - watch.UnconditionalComputed,
                watch.HistoryBytes,
                peak);
            if (request.Picture is not null && Shown.Contains(prompt))
                _stills[(cache, prompt)] = StillOf(frames);
        }
        finally
        {
            if (cache != 0)
                frames.Dispose();
        }
        _notes.UnionWith((watch.Plan?.Notes ?? []).Select(note => $"{request.Caches[cache].Name}: {note}"));
        _notes.UnionWith(pipeline.TruncatedTexts.Select(text => $"too long for the text encoder, left out: {ErrorText.OneLine(text)}"));
    }

    private Tensor Generate(
        CacheChoice cache,
        string prompt,
        CogVideoXGenerationOptions options,
        IProgress<GenerationProgress> progress,
        CancellationToken cancellationToken)
    {
        if (cache.Config is { } config)
            pipeline.Transformer.EnableCache(config);
        try
        {
            return pipeline.Generate(prompt, options, progress, cancellationToken);
        }
        finally
        {
            pipeline.Transformer.DisableCache();
        }
    }

    private static TraitAgreement Agreement(string prompt, Tensor frames)
    {
        var asked = ShapeTraits.InPrompt(prompt);
        // Words such as "up" or "red" mean something else in a prompt that names no shape.
        if (asked.Kind is null)
            return default;
        using var film = frames[0];
        return ShapeTraits.Compare(asked, ShapeTraits.InFilm(film));
    }

    private static Film StillOf(Tensor frames)
    {
        using var still = frames.narrow(1, frames.shape[1] / 2, 1);
        return new Film(still, framesPerSecond: 1);
    }
}
