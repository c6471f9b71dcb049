using System.Diagnostics;
using System.Globalization;
using Afterimage.Cli.Working;
using Afterimage.Models;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tuning;

/// <summary>Says how long measuring takes: before it begins, and while it lasts.</summary>
internal static class TuningWatch
{
    private const int FewSteps = 2, SomeSteps = 6;

    /// <summary>The seconds of one film, from two of fewer steps, after one that warms up: text and decoding take as long whatever the steps are.</summary>
    public static double SecondsOfFilm(DiffusionPipeline pipeline, TuningRequest request, CancellationToken cancellationToken)
    {
        Seconds(FewSteps);
        var few = Seconds(FewSteps);
        var step = Math.Max(0, Seconds(SomeSteps) - few) / (SomeSteps - FewSteps);
        return few + (request.Options.NumInferenceSteps - FewSteps) * step;

        double Seconds(int steps)
        {
            var began = Stopwatch.GetTimestamp();
            pipeline.Generate(request.Prompts[0], request.Options with { NumInferenceSteps = steps }, null, cancellationToken).Dispose();
            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    /// <summary>A length of time for people.</summary>
    public static string Time(double seconds) => seconds < 90
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min");

    /// <summary>The progress of films as that of work.</summary>
    public static IProgress<TuningProgress> Over(IProgress<WorkProgress> work) => work.Select((TuningProgress progress) => new WorkProgress(
        Math.Min(1, (progress.Film + (double)progress.Step / Math.Max(1, progress.Steps)) / Math.Max(1, progress.Films)), $"{progress.What}, film {progress.Film + 1} of {progress.Films}"));
}
