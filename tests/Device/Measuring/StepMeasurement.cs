using System.Runtime.InteropServices;
using Afterimage.Cli;
using Afterimage.Cli.Bench;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>Seconds per kind of step and the speed-up of whole runs, as <c>afterimage bench</c> measures them.</summary>
internal static class StepMeasurement
{
    /// <summary>Enough for every kind of step to come once: a first use loads kernels and picks algorithms.</summary>
    private const int WarmUpSteps = 6;

    /// <summary>Reports after every run, so that a run that is cut off keeps what it had.</summary>
    public static void Run(Place place, Shape shape, int steps, int rounds, Action<BenchReport> report)
    {
        using var subject = shape.Build(place);
        using var scheduler = subject.Scheduler(steps);
        CacheChoice[] caches = [CacheChoice.None, CacheChoice.Pyramid, CacheChoice.Faster, CacheChoice.FasterGuided];
        Benchmark.Run(subject, caches, steps, rounds, CancellationToken.None, WarmUpSteps, results => report(new BenchReport(
            subject.Name,
            $"[2, {string.Join(", ", shape.Latents[1..])}]",
            Shape.Dtype.ToString().ToLowerInvariant(),
            $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors",
            get_num_threads(),
            scheduler.Name,
            steps,
            rounds,
            results)));
    }
}
