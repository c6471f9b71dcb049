using System.Globalization;
using Afterimage.Cli.Working;
using Afterimage.Models;

namespace Afterimage.Cli.Generate;

/// <summary>Sees the cached run that a generation makes, while it lasts.</summary>
/// <param name="model">The model that the generation runs.</param>
internal sealed class RunWatch(ICacheableModel model)
{
    // Text takes no time to speak of; decoding takes some.
    private const double ShareOfDenoising = 0.9;

    /// <summary>The plan of the run, or null where there was none. Of one that decided while it ran, what it did.</summary>
    public CachePlan? Plan { get; private set; }

    /// <summary>What a calibrating run has measured.</summary>
    public IReadOnlyList<double> MagRatios { get; private set; } = [];

    /// <summary>The most history that was held after a step.</summary>
    public long HistoryBytes { get; private set; }

    /// <summary>The share of forwards of the sites that the cache touches that were computed.</summary>
    public double AttentionComputed => Plan is { SiteForwards: > 0 } plan ? 1 - (double)plan.SkippedSiteForwards / plan.SiteForwards : 1;

    /// <summary>The share of forwards that computed the unconditional half of guidance.</summary>
    public double UnconditionalComputed => Plan is { } plan ? 1 - (double)plan.SkippedUnconditionalHalves / plan.Rows.Length : 1;

    /// <summary>Watches a generation.</summary>
    /// <param name="work">What it is the work of, or a part.</param>
    /// <param name="from">The share of the work that is done before.</param>
    /// <param name="share">The share of the work that it is.</param>
    /// <param name="name">What it is called, beside other parts.</param>
    public IProgress<GenerationProgress> Over(IProgress<WorkProgress> work, double from = 0, double share = 1, string name = "") => work.Select((GenerationProgress progress) =>
    {
        if (model.CurrentRun is { } run)
            See(run, progress);
        var done = (double)progress.Step / Math.Max(1, progress.Steps);
        var (stage, part) = progress.Stage switch
        {
            GenerationStage.Encoding => ("encoding", 0),
            GenerationStage.Denoising => ("denoising", ShareOfDenoising * done),
            _ => ("decoding", ShareOfDenoising + (1 - ShareOfDenoising) * done),
        };
        return new WorkProgress(from + share * part, name + stage, progress.Step, progress.Steps);
    });

    private void See(CacheRun run, GenerationProgress progress)
    {
        Plan = run.Plan is { DecidesAtRunTime: true } && progress is { Stage: GenerationStage.Denoising, Step: > 0 } ? run.Recorded() : Plan ?? run.Plan;
        HistoryBytes = Math.Max(HistoryBytes, run.HistoryBytes);
        MagRatios = run.MagRatios.Values.FirstOrDefault() is { } ratios ? [.. ratios] : MagRatios;
    }

    /// <summary>What was computed and kept, to end a line with; nothing where there was no cache.</summary>
    public override string ToString() => Plan is null ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $", {AttentionComputed:P0} of the cached sites and {UnconditionalComputed:P0} of unconditional halves computed, {HistoryBytes / 1048576.0:F1} MiB of history");
}
