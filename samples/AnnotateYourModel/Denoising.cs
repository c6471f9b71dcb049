using System.Diagnostics;
using Afterimage;
using static TorchSharp.torch;

namespace AnnotateYourModel;

/// <summary>Denoises random latents with classifier-free guidance, in Euler steps.</summary>
internal sealed class Denoising(VideoDenoiser model, Tensor noise, Tensor prompts, int steps, CancellationToken cancellationToken = default)
{
    private const double GuidanceScale = 4;

    /// <summary>From 1000 down.</summary>
    public double[] Timesteps { get; } = [.. Enumerable.Range(0, steps).Select(i => 1000.0 * (steps - i) / steps)];

    /// <summary>All steps. The latents are the caller's.</summary>
    public Denoised Run(CacheConfig? config)
    {
        using var scope = NewDisposeScope();
        if (config is not null)
            model.EnableCache(config);
        try
        {
            using var run = config is null ? null : model.BeginRun(Timesteps);
            var started = Stopwatch.GetTimestamp();
            var latents = noise;
            foreach (var timestep in Timesteps)
            {
                cancellationToken.ThrowIfCancellationRequested();
                latents = Step(latents, timestep);
            }
            return new Denoised(
                latents.MoveToOuterDisposeScope(), Stopwatch.GetElapsedTime(started).TotalSeconds, run?.Plan, run?.HistoryBytes ?? 0);
        }
        finally
        {
            model.DisableCache(); // ends the run, too
        }
    }

    /// <summary>The model's output for [unconditional, conditional], which is the caller's.</summary>
    public Tensor Forward(Tensor latents, double timestep)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return model.call(cat([latents, latents]), TensorArithmetic.Full([2], timestep), prompts).MoveToOuterDisposeScope();
    }

    private Tensor Step(Tensor latents, double timestep)
    {
        using var scope = NewDisposeScope();
        var halves = Forward(latents, timestep).chunk(2);
        var velocity = halves[0].Plus((halves[1] - halves[0]).Times(GuidanceScale));
        return (latents - velocity.Over(steps)).MoveToOuterDisposeScope();
    }
}
