using System.Globalization;
using Afterimage.Cli.Working;
using Afterimage.Models;

namespace Afterimage.Cli.Generate;

/// <summary>Sees the cached runs that a generation makes, one of each transformer, while they last.</summary>
/// <param name="pipeline">What generates.</param>
internal sealed class RunWatch(DiffusionPipeline pipeline)
{
    private readonly CachePlan?[] _plans = new CachePlan?[pipeline.CacheableModels.Count];

    // Text takes no time to speak of; decoding takes some.
    private const double ShareOfDenoising = 0.9;

    /// <summary>The plan of the first run, or null where there was none. Of one that decided while it ran, what it did.</summary>
    public CachePlan? Plan => Plans.FirstOrDefault();

    /// <summary>What a calibrating run has measured.</summary>
    public IReadOnlyList<double> MagRatios { get; private set; } = [];

    /// <summary>The most history that was held after a step.</summary>
    public long HistoryBytes { get; private set; }

    /// <summary>The share of forwards of the sites that the cache touches that were computed.</summary>
    public double AttentionComputed => Computed(plan => plan.SkippedSiteForwards, plan => plan.SiteForwards);

    /// <summary>The share of forwards that computed the unconditional half of guidance.</summary>
    public double UnconditionalComputed => Computed(plan => plan.SkippedUnconditionalHalves, plan => plan.Rows.Length);

    private IEnumerable<CachePlan> Plans => _plans.OfType<CachePlan>();

    /// <summary>Watches a generation.</summary>
    /// <param name="work">What it is the work of, or a part.</param>
    /// <param name="from">The share of the work that is done before.</param>
    /// <param name="share">The share of the work that it is.</param>
    /// <param name="name">What it is called, beside other parts.</param>
    public IProgress<GenerationProgress> Over(IProgress<WorkProgress> work, double from = 0, double share = 1, string name = "") => work.Select((GenerationProgress progress) =>
    {
        See(progress);
        var done = (double)progress.Step / Math.Max(1, progress.Steps);
        var (stage, part) = progress.Stage switch
        {
            GenerationStage.Encoding => ("encoding", 0),
            GenerationStage.Denoising => ("denoising", ShareOfDenoising * done),
            _ => ("decoding", ShareOfDenoising + (1 - ShareOfDenoising) * done),
        };
        return new WorkProgress(from + share * part, name + stage, progress.Step, progress.Steps);
    });

    private void See(GenerationProgress progress)
    {
        var held = 0L;
        for (var i = 0; i < _plans.Length; i++)
        {
            if (pipeline.CacheableModels[i].CurrentRun is not { } run)
                continue;
            var hasDecided = run.Plan is { DecidesAtRunTime: true } && !run.IsUntouched && progress is { Stage: GenerationStage.Denoising, Step: > 0 };
            _plans[i] = hasDecided ? run.Recorded() : _plans[i] ?? run.Plan;
            MagRatios = run.MagRatios.Values.FirstOrDefault() is { } ratios ? [.. ratios] : MagRatios;
            held += run.HistoryBytes;
        }
        HistoryBytes = Math.Max(HistoryBytes, held);
    }

    private double Computed(Func<CachePlan, long> skipped, Func<CachePlan, long> all) =>
        Plans.Sum(all) is > 0 and var sum ? 1 - (double)Plans.Sum(skipped) / sum : 1;

    /// <summary>What was computed and kept, to end a line with; nothing where there was no cache.</summary>
    public override string ToString() => Plan is null ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $", {AttentionComputed:P0} of the cached sites and {UnconditionalComputed:P0} of unconditional halves computed, {HistoryBytes / 1048576.0:F1} MiB of history");
}
