using Afterimage.Cli.Working;
using Afterimage.Tuning;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>
/// Measures steps beside the least that they have to do, in turn: after every step each distinct piece of work is done alone once, so that the machine's
/// changes of speed are in both.
/// </summary>
internal sealed class LimitMeasurement(Subject subject, IReadOnlyList<CacheChoice> caches, int steps, int rounds) : IDisposable
{
    private readonly WorkRecorder _recorder = new();
    private readonly List<Observation> _observations = [];
    private readonly Dictionary<WorkKind, (double Amount, double Seconds)> _totals = [];

    private sealed record Observation(CacheChoice Cache, string Kind, double Gflop, double Layer, double Attention, double Pass, double Seconds)
    {
        public double Limit => Layer + Attention + Pass;
    }

    /// <summary>Runs every cache once with its work recorded, which warms up, and then in rounds.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        Benchmark.CheckSize(subject, caches.Count, steps, rounds);
        var work = new IReadOnlyList<StepWork>[caches.Count];
        LongWork.Run(
            caches.Count * (rounds + 1),
            (i, progress) =>
            {
                var round = i / caches.Count - 1;
                if (round < 0)
                {
                    work[i] = _recorder.Record(subject.Module, onStep => Denoise(caches[i], progress, _ => onStep(), cancellationToken));
                    _recorder.Seconds();
                    return;
                }
                var cache = Rounds.Order(round, caches.Count)[i % caches.Count];
                Denoise(caches[cache], progress, run => Observe(caches[cache], work[cache][run.Steps.Count - 1], run.Steps[^1]), cancellationToken);
            },
            i => i < caches.Count ? $"work of {caches[i].Name}" : $"round {i / caches.Count} of {rounds}");
    }

    /// <inheritdoc/>
    public void Dispose() => _recorder.Dispose();

    /// <summary>The steps of every kind.</summary>
    public IReadOnlyList<LimitResult> Results =>
    [
        .. from cache in caches
           from kind in _observations.Where(step => step.Cache == cache).GroupBy(step => step.Kind)
           select new LimitResult
           {
               Cache = cache.Name,
               Kind = kind.Key,
               Count = kind.Count(),
               Gflop = Median(kind, step => step.Gflop),
               LayerSeconds = Median(kind, step => step.Layer),
               AttentionSeconds = Median(kind, step => step.Attention),
               PassSeconds = Median(kind, step => step.Pass),
               LimitSeconds = Median(kind, step => step.Limit),
               Seconds = Spread.Of(kind.Select(step => step.Seconds)),
               Share = Spread.Of(kind.Select(step => step.Limit / step.Seconds)),
           },
    ];

    /// <summary>Operations a second of layers and attention, bytes a second of passes; 0 where there were none.</summary>
    public double RateOf(WorkKind kind) => _totals.TryGetValue(kind, out var total) && total.Seconds > 0 ? total.Amount / total.Seconds : 0;

    private void Denoise(CacheChoice cache, IProgress<WorkProgress> progress, Action<DenoisingRun> onStep, CancellationToken cancellationToken)
    {
        var run = new DenoisingRun(subject, cache, steps);
        var report = new WorkReporter<double>(share =>
        {
            onStep(run);
            progress.Report(new WorkProgress(share, "step", run.Steps.Count, steps));
        });
        run.Denoise(report, cancellationToken).Dispose();
    }

    private void Observe(CacheChoice cache, StepWork work, (string Kind, double Seconds) step)
    {
        var seconds = _recorder.Seconds();
        foreach (var kind in Enum.GetValues<WorkKind>())
        {
            var (amount, sum) = _totals.GetValueOrDefault(kind);
            _totals[kind] = (amount + work.Amount(kind), sum + work.Limit(kind, seconds));
        }
        _observations.Add(new(
            cache, step.Kind, work.Flops / 1e9,
            work.Limit(WorkKind.Layer, seconds), work.Limit(WorkKind.Attention, seconds), work.Limit(WorkKind.Pass, seconds), step.Seconds));
    }

    private static double Median(IEnumerable<Observation> steps, Func<Observation, double> value) => Spread.Of(steps.Select(value)).Median;
}
