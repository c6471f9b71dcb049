using System.Globalization;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tuning;

/// <summary>One <c>tune</c>: calibrates where nothing is calibrated, searches, and writes what was found.</summary>
/// <param name="Request">The pipeline, and what plans are measured on.</param>
/// <param name="Goal">What plans are to reach.</param>
/// <param name="Calibration">The calibration's file.</param>
/// <param name="Caches">What is measured beside the plans.</param>
/// <param name="Minutes">About how long it may take.</param>
/// <param name="Ranked">How many plans at random are measured.</param>
/// <param name="Lpips">The file of LPIPS's weights, if films are measured by it.</param>
/// <param name="Name">What files are called.</param>
/// <param name="CommandLine">What was typed.</param>
internal sealed record TuneRun(
    TuningRequest Request, PlanGoal Goal, string Calibration, IReadOnlyList<CacheChoice> Caches, double? Minutes, int? Ranked, string? Lpips, string Name, string CommandLine)
{
    /// <summary>Films of every prompt: one without a cache, and about as many plans as a search measures.</summary>
    private const int FilmsOfPrompt = 12;

    public int Run(string? image, CancellationToken cancellationToken)
    {
        foreach (var ending in (string[])[".md", ".svg", CacheChoice.PlanEnding])
            WholeFile.CheckTarget(Name + ending);
        var isCalibrated = File.Exists(Calibration);
        if (!isCalibrated && Request.Prompts != TuningPrompts.OfPlans)
            throw new FileNotFoundException(
                $"There is no calibration '{Calibration}': run afterimage calibrate first, with prompts like those of --prompts, but others, and the same options.");
        DeviceOption.Check(Request.Pipeline.Device);
        using var generation = CheckedGeneration.Of(Request.Pipeline, Request.Prompts[0], Request.Options, image, [CacheChoice.None, .. Caches]);
        var request = Request with { Options = generation.Options };
        using var pipeline = request.Pipeline.Load(cancellationToken);
        var calibration = isCalibrated
            ? CacheCalibration.Load(Calibration)
            : CalibrateCommand.Measure(pipeline, request with { Prompts = TuningPrompts.OfCalibration }, Calibration, cancellationToken);
        var work = TuningWork.Open(Name + ".tune.work");
        var prompts = Affordable(request.Prompts, TuningWatch.SecondsOfFilm(pipeline, request, cancellationToken), work.Count);
        try
        {
            using var measure = Lpips is null ? null : LpipsWeights.Load(Lpips);
            var settings = new PlanSearchSettings { Compared = Caches.ToDictionary(cache => cache.Name, cache => cache.Config!), Work = work, Lpips = measure };
            var front = LongWork.Run("tuning", progress => PlanSearch.Run(
                pipeline, calibration, Goal, prompts, request.Options, settings, TuningWatch.Over(progress), cancellationToken));
            var ranking = Ranked is not { } count ? null : LongWork.Run("ranking", progress => PlanRanking.Measure(
                pipeline, calibration, count, prompts, request.Options, settings, TuningWatch.Over(progress), cancellationToken));
            Write(front, ranking, calibration, prompts.Count);
            work.Delete();
        }
        catch (OperationCanceledException) when (work.Count > 0)
        {
            Console.Error.WriteLine($"{work.Count} films are kept in '{Name}.tune.work': the same command goes on from there.");
            throw;
        }
        return ExitCode.Success;
    }

    private IReadOnlyList<string> Affordable(IReadOnlyList<string> prompts, double seconds, int done)
    {
        var ofPrompt = seconds * (FilmsOfPrompt + Caches.Count);
        var kept = Minutes is { } minutes ? prompts.Take(Math.Max(2, (int)((minutes * 60 - seconds * (Ranked ?? 0)) / ofPrompt))).ToArray() : prompts;
        var all = ofPrompt * kept.Count + Math.Min(PlanRanking.MostPrompts, kept.Count) * seconds * (Ranked ?? 0);
        Console.WriteLine(
            $"plans are measured on {kept.Count} prompts, a film without a cache takes about {TuningWatch.Time(seconds)}: about {TuningWatch.Time(all)} in all"
            + $"{(done > 0 ? $", of which {done} films are there" : "")}");
        return kept;
    }

    private void Write(PlanFront front, PlanRanking? ranking, CacheCalibration calibration, int prompts)
    {
        foreach (var plan in front.Plans)
        {
            var file = FileOf(plan);
            plan.Plan.Save(file);
            Console.WriteLine($"wrote {file}{(plan == front.Best ? ", which reaches the goal" : "")}");
        }
        WholeFile.WriteText(Name + ".svg", FrontPicture.Draw(front));
        WholeFile.WriteText(Name + ".md", FrontReport.Of(this, front, ranking, calibration, prompts));
        Console.WriteLine($"wrote {Name}.md and {Name}.svg");
        Output.Console.Write(FrontTable.Of(front));
        Console.WriteLine(front.Best is { } best
            ? $"afterimage generate {Request.Pipeline.Folder} \"…\" --cache {FileOf(best)}"
            : "no plan reaches the goal: ask for less, or look at what there is");
        if (ranking is not null)
            Console.WriteLine(ranking.Sentence);
    }

    /// <summary>The file of a plan.</summary>
    public string FileOf(TunedPlan plan) => string.Create(CultureInfo.InvariantCulture, $"{Name}-{plan.Speedup.Median:F2}x{CacheChoice.PlanEnding}");
}
