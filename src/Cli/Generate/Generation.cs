using System.Diagnostics;
using System.Globalization;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Afterimage.Parallel;
using Afterimage.Video;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>Generates what a request asks for, once or twice, with a pipeline that is loaded.</summary>
internal sealed class Generation
{
    private readonly GenerateRequest _request;
    private readonly DiffusionPipeline _pipeline;
    private readonly ResultFiles _files;
    private readonly bool _writes; // of several ranks the first
    private readonly LongWork _work;
    private readonly CancellationToken _cancellationToken;

    private Generation(GenerateRequest request, DiffusionPipeline pipeline, ResultFiles files, bool writes, CancellationToken cancellationToken)
    {
        (_request, _pipeline, _files, _writes, _cancellationToken) = (request, pipeline, files, writes, cancellationToken);
        _work = new LongWork(request.Prompts.Count);
    }

    /// <summary>Checks a request, loads its pipeline, generates, and writes.</summary>
    public static int Run(GenerateRequest request, CancellationToken cancellationToken)
    {
        // What cannot be written or generated is found out now, not after an hour.
        DeviceOption.Check(request.Pipeline.Device);
        using var generation = CheckedGeneration.Of(request.Pipeline, request.Prompts[0], request.Options, request.Image, request.Cache);
        request = request with { Options = generation.Options };
        var files = new ResultFiles(request, generation.Sizes);
        files.Check();
        return request.Parallel is { } layout
            ? MpiCommunicator.Run(ranks => Run(request, files, layout, ranks, cancellationToken))
            : Run(request, files, null, null, cancellationToken);
    }

    private static int Run(GenerateRequest request, ResultFiles files, ParallelLayout? layout, Communicator? ranks, CancellationToken cancellationToken)
    {
        // All ranks come to the same; the first tells of it, and writes it.
        var writes = ranks is not { Rank: > 0 };
        if (!writes)
            Output.BeQuiet();
        // Outlives the pipeline, whose models have parts of it.
        using var devices = ranks is not null && request.Pipeline.Device == DeviceType.CUDA ? NcclCommunicator.Open(ranks, new Device(DeviceType.CUDA, 0)) : null;
        using var pipeline = request.Pipeline.Load(cancellationToken);
        foreach (var model in layout is null ? [] : pipeline.CacheableModels)
            model.EnableParallel(layout!, devices ?? ranks!);
        new Generation(request, pipeline, files, writes, cancellationToken).Run();
        return ExitCode.Success;
    }

    private void Run()
    {
        if (!_request.Compare)
            _pipeline.EnableCache(_request.Cache.Config);
        var failures = new List<string>();
        var notes = new List<string>();
        for (var i = 0; i < _request.Prompts.Count; i++)
        {
            var title = _request.AreOfAFile ? $"prompt {i + 1} of {_request.Prompts.Count}" : "generating";
            try
            {
                var plan = _request.Compare ? Compare(i, title) : Generate(i, title);
                notes.AddRange(plan?.Notes ?? []);
                notes.AddRange(_pipeline.TruncatedTexts.Select(text => $"too long for the text encoder, left out{(_request.AreOfAFile ? $" of prompt {i + 1}" : "")}: {ErrorText.OneLine(text)}"));
            }
            catch (NotFiniteNumberException exception) when (_request.AreOfAFile)
            {
                // The numbers of one prompt say nothing about the next one's.
                failures.Add($"prompt {i + 1}: {ErrorText.Of(exception)}");
            }
        }
        foreach (var note in notes.Concat(_files.Notes).Distinct())
            Console.WriteLine($"note: {note}");
        if (failures.Count > 0)
            throw new InvalidDataException($"{failures.Count} of {_request.Prompts.Count} prompts gave nothing that can be written ({string.Join("; ", failures)})");
    }

    /// <summary>How a prompt is generated: its seed is as far from the first one's as it is itself from the first.</summary>
    private GenerationOptions OptionsOf(int prompt) => _request.Options with { Seed = _request.Options.Seed + prompt };

    private CachePlan? Generate(int prompt, string title)
    {
        if (!_writes)
        {
            // Who writes decodes.
            _pipeline.GenerateLatents(_request.Prompts[prompt], OptionsOf(prompt), null, _cancellationToken).Dispose();
            return null;
        }
        var watch = new RunWatch(_pipeline);
        var started = Stopwatch.GetTimestamp();
        using var frames = _work.Do(title, 1, progress => _pipeline.GenerateFilm(
            _request.Prompts[prompt], OptionsOf(prompt), watch.Over(progress), _cancellationToken));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        _files.Write(prompt, Enumerable.Range(0, (int)frames.shape[0]).Select(result => new Film(frames, _request.Output.Rate, result)), _cancellationToken);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cache {_request.Cache.Name}: {seconds:F1} s{watch}"));
        if (watch.MagRatios.Count > 0)
            Console.WriteLine($"mag_ratios: [{string.Join(", ", watch.MagRatios.Select(ratio => ratio.ToString("0.#####", CultureInfo.InvariantCulture)))}]");
        return watch.Plan;
    }

    private CachePlan? Compare(int prompt, string title)
    {
        var watch = new RunWatch(_pipeline);
        var peaks = new List<long>();
        using var comparison = _work.Do(title, 1, progress => CacheComparison.Run(
            _pipeline.CacheableModels,
            _request.Cache.Config!,
            generate: () =>
            {
                PeakMemory.Reset();
                var frames = _pipeline.GenerateFilm(
                    _request.Prompts[prompt],
                    OptionsOf(prompt),
                    watch.Over(progress, peaks.Count * 0.5, 0.5, peaks.Count == 0 ? "without the cache, " : "with the cache, "),
                    _cancellationToken);
                peaks.Add(PeakMemory.Read());
                return frames;
            },
            warmUp: prompt > 0 ? null : () => _pipeline.Generate(
                _request.Prompts[prompt], OptionsOf(prompt) with { NumInferenceSteps = 1 }, null, _cancellationToken).Dispose()));

        var plan = watch.Plan;
        if (!_writes)
            return plan;
        var first = _files.Write(
            prompt,
            Enumerable.Range(0, (int)comparison.Cached.shape[0]).Select(result => comparison.ToFilm(_request.Cache.Name, _request.Output.Rate, plan, result)),
            _cancellationToken);
        if (plan is not null)
        {
            var picture = FilmName.OfPlan(_files.OfPrompt(prompt) ?? first);
            plan.SavePng(picture);
            Console.WriteLine($"wrote {picture}: what was computed when");
        }
        Output.Console.Write(ComparisonTable.Of(_request.Cache.Name, comparison, watch, peaks));
        return plan;
    }
}
