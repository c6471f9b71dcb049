using Afterimage.Cli.Verify;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>Runs every cache once per round, so that a machine whose speed drifts slows all of them alike.</summary>
internal static class Benchmark
{
    public static IReadOnlyList<BenchResult> Run(
        Subject subject, IReadOnlyList<CacheChoice> caches, int steps, int rounds, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var runs = new List<(CacheChoice Cache, DenoisingRun Run, Tensor Latents)>();
        var count = caches.Count * (rounds + 1);
        LongWork.Run("bench", count, (i, progress) =>
        {
            // The first round warms up and counts for nothing; two steps are enough for that.
            var cache = caches[i % caches.Count];
            var warmUp = i < caches.Count;
            var run = new DenoisingRun(subject, cache, warmUp ? Math.Min(2, steps) : steps);
            var latents = run.Denoise(progress, cancellationToken);
            if (!warmUp)
                runs.Add((cache, run, latents));
            return i;
        }, i => i < caches.Count ? "warm-up" : $"round {i / caches.Count} of {rounds}, {caches[i % caches.Count].Name}");
        return [.. caches.Select(cache => Summarize(cache, runs))];
    }

    private static BenchResult Summarize(CacheChoice cache, List<(CacheChoice Cache, DenoisingRun Run, Tensor Latents)> runs)
    {
        var reference = runs.Where(run => run.Cache == CacheChoice.None).ToList();
        var own = runs.Where(run => run.Cache == cache).ToList();
        var steps = own.SelectMany(run => run.Run.Steps)
            .GroupBy(step => step.Kind)
            .Select(kind => new StepKind(
                kind.Key, kind.Count() / own.Count, Median(kind.Select(step => step.Seconds)), kind.Min(step => step.Seconds)));
        return new BenchResult
        {
            Cache = cache.Name,
            SecondsPerRun = Median(own.Select(run => Seconds(run.Run))),
            Speedup = Median(reference.Zip(own, (uncached, cached) => Seconds(uncached.Run) / Seconds(cached.Run))),
            Steps = [.. steps],
            PeakMemoryBytes = own.Max(run => run.Run.PeakMemoryBytes),
            HistoryBytes = own.Max(run => run.Run.HistoryBytes),
            Moved = Difference.Relative(own[^1].Latents, reference[^1].Latents),
        };
    }

    private static double Seconds(DenoisingRun run) => run.Steps.Sum(step => step.Seconds);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
