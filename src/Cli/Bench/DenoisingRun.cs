using System.Diagnostics;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>One denoising run of a subject, with the time each step took.</summary>
internal sealed class DenoisingRun(Subject subject, CacheChoice cache, int steps)
{
    /// <summary>The kind and the seconds of every step.</summary>
    public List<(string Kind, double Seconds)> Steps { get; } = [];

    /// <summary>The bytes of history held at the end.</summary>
    public long HistoryBytes { get; private set; }

    /// <summary>The most memory of the process during the run.</summary>
    public long PeakMemoryBytes { get; private set; }

    /// <summary>Denoises from the subject's latents; the result is the caller's.</summary>
    public Tensor Denoise(IProgress<double> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var scheduler = PipelineScheduler.Create(steps);
        if (cache.Config is { } config)
            subject.Cache.EnableCache(config);
        try
        {
            using var run = cache.Config is null ? null : subject.Cache.BeginRun(scheduler.Timesteps);
            PeakMemory.Reset();
            var latents = subject.Latents.alias();
            for (var step = 0; step < steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var started = Stopwatch.GetTimestamp();
                latents = Step(scheduler, scheduler.Timesteps[step], latents);
                Steps.Add((KindOf(run?.Plan?.Rows[step], run?.Plan), Stopwatch.GetElapsedTime(started).TotalSeconds));
                progress.Report((step + 1.0) / steps);
            }
            PeakMemoryBytes = PeakMemory.Read();
            HistoryBytes = run?.HistoryBytes ?? 0;
            return latents.MoveToOuterDisposeScope();
        }
        finally
        {
            subject.Cache.DisableCache();
        }
    }

    private Tensor Step(CogVideoXDDIMScheduler scheduler, long timestep, Tensor latents)
    {
        using var scope = NewDisposeScope();
        var prediction = subject.Forward(cat([latents, latents]), timestep).chunk(2);
        var guided = prediction[0] + Subject.GuidanceScale * (prediction[1] - prediction[0]);
        return scheduler.Step(guided, timestep, latents).PrevSample.MoveToOuterDisposeScope();
    }

    /// <summary>What a row leaves out, in words.</summary>
    private static string KindOf(PlanRow? row, CachePlan? plan)
    {
        if (row is null || plan is null)
            return "full";
        var touched = Enumerable.Range(0, plan.Sites.Length).Where(plan.Touches).ToList();
        var skipped = touched.Count(site => !row.Cells[site].IsComputed);
        var attention = skipped == 0 ? "" : skipped == touched.Count ? "reuse" : "partial reuse";
        var guidance = row.Guidance.Action == GuidanceAction.SkipUnconditional ? "conditional only" : "";
        return (guidance, attention) switch
        {
            ("", "") => "full",
            (_, "") => guidance,
            ("", _) => attention,
            _ => $"{guidance} + {attention}",
        };
    }
}
