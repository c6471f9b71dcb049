using System.Diagnostics;
using System.Globalization;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>One denoising run of a subject, with the time each step took.</summary>
internal sealed class DenoisingRun(Subject subject, CacheChoice cache, int steps)
{
    /// <summary>The kind and the seconds of every step.</summary>
    public List<(string Kind, double Seconds)> Steps { get; } = [];

    /// <summary>The bytes of history held at the end.</summary>
    public long HistoryBytes { get; private set; }

    private bool IsOnCuda => subject.Latents.device_type == DeviceType.CUDA;

    /// <summary>Denoises from the subject's latents; the result is the caller's.</summary>
    /// <exception cref="NotFiniteNumberException">A step gave NaN or infinity; the message says which, and the likely cause.</exception>
    public Tensor Denoise(IProgress<double> progress, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var scheduler = subject.Scheduler(steps);
        if (cache.Config is { } config)
            subject.Cache.EnableCache(config);
        try
        {
            using var run = cache.Config is null ? null : subject.Cache.BeginRun(scheduler.CacheTimesteps, subject.BenchLayout);
            // Its inputs are the subject's, as fixed as a pipeline's.
            run?.PromptIsFixed = true;
            if (run is not null && cache.GuidesInRun)
                run.GuidanceScale = Subject.GuidanceScale;
            var latents = subject.Latents.alias();
            for (var step = 0; step < scheduler.Timesteps.Count; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Finish();
                var started = Stopwatch.GetTimestamp();
                latents = Step(scheduler, step, latents);
                Finish();
                Steps.Add((KindOf(run?.Plan?.Rows[step], run?.Plan), Stopwatch.GetElapsedTime(started).TotalSeconds));
                FiniteCheck.Of(latents, string.Create(
                    CultureInfo.InvariantCulture,
                    $"The latents after step {step + 1} of {scheduler.Timesteps.Count} (timestep {scheduler.Timesteps[step]:0.###}), with cache {cache.Name},"));
                progress.Report((step + 1.0) / scheduler.Timesteps.Count);
            }
            HistoryBytes = run?.HistoryBytes ?? 0;
            return latents.MoveToOuterDisposeScope();
        }
        finally
        {
            subject.Cache.DisableCache();
        }
    }

    private Tensor Step(PipelineScheduler scheduler, int step, Tensor latents)
    {
        using var scope = NewDisposeScope();
        // In half precision guidance and the scheduler work in float32, as in diffusers' pipelines.
        return scheduler.Step(Predict(scheduler.Timesteps[step], scheduler.ScaleModelInput(step, latents)), step, latents).to(latents.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>CUDA's work goes on after a call has returned; time is taken when it is done.</summary>
    private void Finish()
    {
        if (IsOnCuda)
            cuda.synchronize();
    }

    private Tensor Predict(double timestep, Tensor latents)
    {
        if (subject.BenchLayout == GuidanceLayout.None)
            return subject.Forward(latents, timestep);
        var prediction = subject.Forward(cat([latents, latents]), timestep);
        if (cache.GuidesInRun)
            return prediction;
        var halves = prediction.to(ScalarType.Float32).chunk(2);
        return halves[0].Plus((halves[1] - halves[0]).Times(Subject.GuidanceScale));
    }

    /// <summary>What a row leaves out, in words.</summary>
    private static string KindOf(PlanRow? row, CachePlan? plan)
    {
        if (row is null || plan is null)
            return "full";
        var touched = Enumerable.Range(0, plan.Sites.Length).Where(plan.Touches).ToList();
        var skipped = touched.Count(site => !row.Cells[site].IsComputed);
        var attention = skipped == 0 ? "" : skipped == touched.Count ? "reuse" : "partial reuse";
        var guidance = plan.GuidanceOf(row).IsComputed ? "" : "conditional only";
        return (guidance, attention) switch
        {
            ("", "") => "full",
            (_, "") => guidance,
            ("", _) => attention,
            _ => $"{guidance} + {attention}",
        };
    }
}
