using System.Diagnostics;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Afterimage.Tuning;
using Afterimage.Video;
using Afterimage.Video.MovingShapes;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Quality;

/// <summary>Generates and measures the films that the work of a report still lacks.</summary>
internal sealed class QualityFilms(DiffusionPipeline pipeline, QualityRequest request, QualityWork work)
{
    // Enough for a cache to skip something: the first time takes longer.
    private const int WarmUpSteps = 4;

    private int Caches => request.Caches.Count;

    /// <summary>Generates and measures all. The caches come in the request's order.</summary>
    public IReadOnlyList<CacheQuality> Measure(CancellationToken cancellationToken)
    {
        var rounds = request.Prompts.Count * request.Repeats;
        // What was stopped between generating and measuring.
        for (var prompt = 0; prompt < request.Prompts.Count; prompt++)
            MeasureFilms(prompt, cancellationToken);
        var missing = Enumerable.Range(0, rounds * Caches).Select(Place).Where(place => work.Timing(place.Cache, place.Prompt, place.Repeat) is null).ToList();
        // A report of which nothing but the writing failed needs no warm-up.
        var warmUps = missing.Count > 0 ? Caches : 0;
        LongWork.Run(
            warmUps + missing.Count,
            (i, progress) =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (i < warmUps)
                    WarmUp(request.Caches[i], progress, cancellationToken);
                else
                    Measure(missing[i - warmUps], progress, cancellationToken);
            },
            i => i < warmUps ? $"warm-up, {request.Caches[i].Name}" : Name(missing[i - warmUps]),
            i => i < warmUps ? OfWarmUp.NumInferenceSteps : request.Options.NumInferenceSteps);
        return
        [
            .. request.Caches.Select((cache, c) => new CacheQuality(
                cache.Name,
                [.. Enumerable.Range(0, request.Prompts.Count).Select(prompt => work.Film(c, prompt)!)],
                [.. Enumerable.Range(0, rounds).Select(round => work.Timing(c, round / request.Repeats, round % request.Repeats)!)])),
        ];
    }

    private (int Cache, int Prompt, int Repeat) Place(int i)
    {
        var round = i / Caches;
        return (Rounds.Order(round, Caches)[i % Caches], round / request.Repeats, round % request.Repeats);
    }

    private string Name((int Cache, int Prompt, int Repeat) place) =>
        $"film {place.Prompt + 1} of {request.Prompts.Count}{(request.Repeats > 1 ? $", {place.Repeat + 1} of {request.Repeats}" : "")}, {request.Caches[place.Cache].Name}";

    private GenerationOptions OfWarmUp => request.Options with { NumInferenceSteps = Math.Min(WarmUpSteps, request.Options.NumInferenceSteps) };

    // A plan is for all steps, and this is for fewer.
    private void WarmUp(CacheChoice cache, IProgress<WorkProgress> progress, CancellationToken cancellationToken) =>
        Generate(cache.CarriedOver(), request.Prompts[0], OfWarmUp, new RunWatch(pipeline).Over(progress), cancellationToken).Dispose();

    private void Measure((int Cache, int Prompt, int Repeat) place, IProgress<WorkProgress> progress, CancellationToken cancellationToken)
    {
        Time(place, progress, cancellationToken);
        MeasureFilms(place.Prompt, cancellationToken);
    }

    private void Time((int Cache, int Prompt, int Repeat) place, IProgress<WorkProgress> progress, CancellationToken cancellationToken)
    {
        var (cache, prompt) = (request.Caches[place.Cache], request.Prompts[place.Prompt]);
        var watch = new RunWatch(pipeline);
        var isOnCuda = request.Pipeline.Device == DeviceType.CUDA;
        if (!isOnCuda)
            PeakMemory.Reset();
        var started = Stopwatch.GetTimestamp();
        using var frames = Generate(
            cache, prompt, request.Options with { Seed = request.Options.Seed + place.Prompt }, watch.Over(progress), cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        work.Keep(
            new QualityTiming(
                place.Cache,
                place.Prompt,
                place.Repeat,
                seconds,
                1 - watch.AttentionComputed,
                1 - watch.UnconditionalComputed,
                watch.HistoryBytes,
                isOnCuda ? 0 : PeakMemory.Read(),
                [
                    .. (watch.Plan?.Notes ?? []).Select(note => $"{cache.Name}: {note}"),
                    .. pipeline.TruncatedTexts.Select(text => $"too long for the text encoder, left out: {ErrorText.OneLine(text)}"),
                ]),
            frames);
    }

    /// <summary>Measures a prompt's films as soon as the one without a cache is there, which all are compared with.</summary>
    private void MeasureFilms(int prompt, CancellationToken cancellationToken)
    {
        if (work.Film(0, prompt) is not null && Enumerable.Range(0, Caches).All(cache => work.Film(cache, prompt) is not null))
            return;
        using var uncached = work.ReadFrames(0, prompt);
        if (uncached is null)
            return;
        for (var cache = 0; cache < Caches; cache++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var frames = work.Film(cache, prompt) is null ? work.ReadFrames(cache, prompt) : null;
            if (frames is null)
                continue;
            if (QualityPicture.Shown(request.Prompts.Count).Contains(prompt))
            {
                using var still = frames.narrow(1, frames.shape[1] / 2, 1);
                work.KeepStill(cache, prompt, still);
            }
            work.Keep(FilmOf(cache, prompt, frames, uncached));
            if (cache != 0)
                work.DropFrames(cache, prompt);
        }
        if (Enumerable.Range(0, Caches).All(cache => work.Film(cache, prompt) is not null))
            work.DropFrames(0, prompt);
    }

    private QualityFilm FilmOf(int cache, int prompt, Tensor frames, Tensor uncached)
    {
        var (psnr, ssim) = (VideoQuality.Psnr(frames, uncached), VideoQuality.Ssim(frames, uncached));
        // Equal films have an infinite PSNR.
        if (double.IsNaN(psnr) || !double.IsFinite(ssim))
        {
            throw new InvalidDataException(
                $"The film of '{request.Prompts[prompt]}' with cache {request.Caches[cache].Name} has colours that are no numbers in {request.Pipeline.Dtype.ToString().ToLowerInvariant()}: "
                + "nothing can be said of it. bfloat16 and float32 have the range that float16 lacks.");
        }
        return new QualityFilm(cache, prompt, psnr, ssim, Agreement(request.Prompts[prompt], frames));
    }

    private Tensor Generate(
        CacheChoice cache,
        string prompt,
        GenerationOptions options,
        IProgress<GenerationProgress> progress,
        CancellationToken cancellationToken)
    {
        try
        {
            pipeline.EnableCache(cache.Config);
            return pipeline.GenerateFilm(prompt, options, progress, cancellationToken);
        }
        finally
        {
            pipeline.DisableCache();
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
}
