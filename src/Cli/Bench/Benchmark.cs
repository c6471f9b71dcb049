using Afterimage.Cli.Verify;
using Afterimage.Cli.Working;
using Afterimage.Tuning;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>
/// Runs every cache once per round, in the order of <see cref="Rounds"/>, and compares the runs of a round with each other.
/// </summary>
internal static class Benchmark
{
    /// <param name="subject">What runs.</param>
    /// <param name="caches">No cache, and then others.</param>
    /// <param name="steps">The inference steps of a run.</param>
    /// <param name="rounds">The runs of each cache.</param>
    /// <param name="cancellationToken">Stops between steps.</param>
    /// <param name="warmUpSteps">The steps of the first runs, which count for nothing.</param>
    /// <param name="measured">Told the results so far after every run.</param>
    public static IReadOnlyList<BenchResult> Run(
        Subject subject,
        IReadOnlyList<CacheChoice> caches,
        int steps,
        int rounds,
        CancellationToken cancellationToken,
        int warmUpSteps = 2,
        Action<IReadOnlyList<BenchResult>>? measured = null)
    {
        CheckSize(subject, caches.Count, steps, rounds);
        using var scope = NewDisposeScope();
        var runs = new List<(CacheChoice Cache, DenoisingRun Run, Tensor Latents)>();
        var count = caches.Count * (rounds + 1);
        LongWork.Run(
            count,
            (i, progress) =>
            {
                var run = new DenoisingRun(subject, CacheOf(i), StepsOf(i));
                var latents = run.Denoise(
                    progress.Select((double share) => new WorkProgress(share, "step", (int)Math.Round(share * StepsOf(i)), StepsOf(i))), cancellationToken);
                if (IsWarmUp(i))
                    return;
                runs.Add((CacheOf(i), run, latents));
                measured?.Invoke(Summarize(caches, runs));
            },
            i => $"{(IsWarmUp(i) ? "warm-up" : $"round {i / caches.Count} of {rounds}")}, {CacheOf(i).Name}",
            i => StepsOf(i));
        return Summarize(caches, runs);

        bool IsWarmUp(int i) => i < caches.Count;

        int StepsOf(int i) => IsWarmUp(i) ? Math.Min(warmUpSteps, steps) : steps;

        // What comes before the first round warms up.
        CacheChoice CacheOf(int i) => IsWarmUp(i) ? caches[i] : caches[Rounds.Order(i / caches.Count - 1, caches.Count)[i % caches.Count]];
    }

    /// <summary>Refuses more runs than can be kept: of each its latents, and of every step its time and its kind.</summary>
    public static void CheckSize(Subject subject, int caches, int steps, int rounds)
    {
        MemoryEstimate.Require(
            $"--steps {steps}, --rounds {rounds}",
            caches * (double)rounds * (16.0 * steps + subject.Latents.NumberOfElements * subject.Latents.ElementSize),
            "the results", "ask for fewer");
        if (caches * (rounds + 1L) > int.MaxValue)
            throw new ArgumentException($"--rounds {rounds} with {caches} caches are more runs than can be counted: ask for fewer.");
    }

    private static IReadOnlyList<BenchResult> Summarize(
        IReadOnlyList<CacheChoice> caches, List<(CacheChoice Cache, DenoisingRun Run, Tensor Latents)> runs) =>
        [.. caches.Where(cache => runs.Exists(run => run.Cache == cache)).Select(cache => Summarize(cache, runs))];

    private static BenchResult Summarize(CacheChoice cache, List<(CacheChoice Cache, DenoisingRun Run, Tensor Latents)> runs)
    {
        var reference = runs.Where(run => run.Cache == CacheChoice.None).ToList();
        var own = runs.Where(run => run.Cache == cache).ToList();
        var steps = own.SelectMany(run => run.Run.Steps)
            .GroupBy(step => step.Kind)
            .Select(kind => new StepKind(
                kind.Key, kind.Count() / own.Count, Median(kind.Select(step => step.Seconds)), kind.Min(step => step.Seconds)));
        var speedup = Spread.Of(reference.Zip(own, (uncached, cached) => Seconds(uncached.Run) / Seconds(cached.Run)));
        return new BenchResult
        {
            Cache = cache.Name,
            SecondsPerRun = Median(own.Select(run => Seconds(run.Run))),
            Speedup = speedup.Median,
            SpeedupSpread = speedup,
            Steps = [.. steps],
            HistoryBytes = own.Max(run => run.Run.HistoryBytes),
            Moved = Difference.Relative(own[^1].Latents, reference[^1].Latents),
        };
    }

    private static double Seconds(DenoisingRun run) => run.Steps.Sum(step => step.Seconds);

    private static double Median(IEnumerable<double> values) => Spread.Of(values).Median;
}
