using System.Diagnostics;
using System.Globalization;
using Afterimage.Models;
using Afterimage.Video;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>Loads a pipeline, generates once or twice, and writes the film.</summary>
internal static class Generation
{
    public static int Run(GenerateRequest request, CancellationToken cancellationToken)
    {
        // What cannot be written or generated is found out now, not after an hour.
        Film.CheckTarget(request.Target ?? FilmName.Of(request.Prompt), request.Rate, isPicture: request.Options is not VideoGenerationOptions);
        request.Pipeline.CheckDevice();
        using var original = request.Image is null ? null : PictureFile.Load(request.Image);
        var film = request.Pipeline.Resolve(request.Prompt, WithImage(request.Options, original), request.Cache);
        CheckDisk(request, film);
        using var resized = request.Image is null ? null : PictureFile.Load(request.Image, film.Height, film.Width);
        request = request with { Options = WithImage(request.Options, resized) };

        using var pipeline = request.Pipeline.Load(cancellationToken);
        var plan = request.Compare ? Compare(request, pipeline, cancellationToken) : Generate(request, pipeline, cancellationToken);
        foreach (var note in plan?.Notes ?? [])
            Console.WriteLine($"note: {note}");
        foreach (var text in pipeline.TruncatedTexts)
            Console.WriteLine($"note: too long for the text encoder, left out: {ErrorText.OneLine(text)}");
        return ExitCode.Success;
    }

    private static GenerationOptions WithImage(GenerationOptions options, Tensor? picture) => options switch
    {
        CogVideoXImageToVideoGenerationOptions own => own with { Image = picture },
        WanImageToVideoGenerationOptions own => own with { Image = picture },
        _ when picture is null => options,
        _ => throw new ArgumentException("--image would do nothing: this pipeline begins with no picture."),
    };

    /// <summary>Refuses a film that takes more than is free however well it is compressed.</summary>
    private static void CheckDisk(GenerateRequest request, GenerationRequest film)
    {
        var target = request.Target ?? FilmName.Of(request.Prompt);
        var width = (request.Compare ? 2L : 1L) * film.Width;
        DiskEstimate.Require(
            string.Create(CultureInfo.InvariantCulture, $"A film of {film.LeastFrames} frames of {width} × {film.Height}"),
            Film.LeastBytes(target, film.LeastFrames, width, film.Height),
            Path.GetDirectoryName(Path.GetFullPath(target))!);
    }

    private static CachePlan? Generate(GenerateRequest request, DiffusionPipeline pipeline, CancellationToken cancellationToken)
    {
        pipeline.EnableCache(request.Cache);
        var watch = new RunWatch(pipeline.CacheableModels[0]);
        var started = Stopwatch.GetTimestamp();
        using var frames = LongWork.Run("generating", progress => pipeline.GenerateFilm(
            request.Prompt, request.Options, watch.Over(progress, 0, 1), cancellationToken));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Save(request, new Film(frames, request.Rate), cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cache {request.Cache.Name}: {seconds:F1} s{watch}"));
        if (watch.MagRatios.Count > 0)
            Console.WriteLine($"mag_ratios: [{string.Join(", ", watch.MagRatios.Select(ratio => ratio.ToString("0.#####", CultureInfo.InvariantCulture)))}]");
        return watch.Plan;
    }

    private static CachePlan? Compare(GenerateRequest request, DiffusionPipeline pipeline, CancellationToken cancellationToken)
    {
        var config = request.Cache.Config!;
        var watch = new RunWatch(pipeline.CacheableModels[0]);
        var peaks = new List<long>();
        using var comparison = LongWork.Run("generating without and with the cache", progress => CacheComparison.Run(
            pipeline.CacheableModels,
            config,
            generate: () =>
            {
                PeakMemory.Reset();
                var frames = pipeline.GenerateFilm(
                    request.Prompt, request.Options, watch.Over(progress, peaks.Count * 0.5, 0.5), cancellationToken);
                peaks.Add(PeakMemory.Read());
                return frames;
            },
            warmUp: () => pipeline.Generate(request.Prompt, request.Options with { NumInferenceSteps = 1 }, null, cancellationToken).Dispose()));

        var plan = watch.Plan;
        var path = Save(request, comparison.ToFilm(request.Cache.Name, request.Rate, plan), cancellationToken);
        if (plan is not null)
        {
            var picture = FilmName.OfPlan(path);
            plan.SavePng(picture);
            Console.WriteLine($"wrote {picture}: what was computed when");
        }
        Output.Console.Write(ComparisonTable.Of(request.Cache.Name, comparison, watch, peaks));
        return plan;
    }

    private static string Save(GenerateRequest request, Film film, CancellationToken cancellationToken)
    {
        var path = LongWork.Run("writing", progress =>
        {
            if (request.Target is null)
                return FreshFile.Write(FilmName.Of(request.Prompt), Write, FilmName.OfPlan);
            Write(request.Target);
            return request.Target;

            void Write(string target) =>
                film.Save(target, progress.Select((int frame) => (double)frame / film.FrameCount), cancellationToken);
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"wrote {path}: {film.FrameCount} frames of {film.Width} × {film.Height}{(IsPictures(path) ? "" : $" at {film.FramesPerSecond} a second")}"));
        if (IsPictures(path) && request.FramesPerSecond is { } rate)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"note: pictures have no rate; --fps {rate} is written nowhere"));
        if (request.Options is VideoGenerationOptions { NumFrames: { } frames } && frames != film.FrameCount)
            Console.WriteLine($"note: {frames} frames were asked for; the autoencoder makes several at once, and one more than a multiple of 8 comes out as asked");
        return path;
    }

    /// <summary>Pictures have no rate.</summary>
    private static bool IsPictures(string path) => Path.GetExtension(path) == ".png";
}
