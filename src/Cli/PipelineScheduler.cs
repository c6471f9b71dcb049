using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>The scheduler that a model's checkpoints come with, ready for a run.</summary>
/// <param name="timesteps">Its timesteps.</param>
/// <param name="step">Makes the next sample from a model output, a step's number and a sample.</param>
/// <param name="free">Frees what it keeps between steps.</param>
internal sealed class PipelineScheduler(
    IReadOnlyList<double> timesteps, Func<Tensor, int, Tensor, Tensor> step, Action? free = null) : IDisposable
{
    /// <summary>The timesteps of the run.</summary>
    public IReadOnlyList<double> Timesteps => timesteps;

    /// <summary>DDIM as CogVideoX's checkpoints configure it.</summary>
    public static PipelineScheduler CogVideoX(int steps)
    {
        var scheduler = new CogVideoXDDIMScheduler(new CogVideoXSchedulerConfig
        {
            ClipSample = false,
            PredictionType = "v_prediction",
            RescaleBetasZeroSnr = true,
            TimestepSpacing = "trailing",
        });
        scheduler.SetTimesteps(steps);
        return new(
            [.. scheduler.Timesteps.Select(timestep => (double)timestep)],
            (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    /// <summary>DDIM with linear betas, as Latte's pipeline uses it.</summary>
    public static PipelineScheduler Latte(int steps)
    {
        var scheduler = new DDIMScheduler(new DDIMSchedulerConfig { ClipSample = false });
        scheduler.SetTimesteps(steps);
        return new(
            [.. scheduler.Timesteps.Select(timestep => (double)timestep)],
            (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    /// <summary>UniPC on the flow's sigmas, shifted as for 480 rows.</summary>
    public static PipelineScheduler Wan(int steps)
    {
        var scheduler = new UniPCMultistepScheduler(new UniPCMultistepSchedulerConfig
        {
            PredictionType = "flow_prediction",
            UseFlowSigmas = true,
            FlowShift = 3.0,
        });
        scheduler.SetTimesteps(steps);
        return new(
            [.. scheduler.Timesteps.Select(timestep => (double)timestep)],
            (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample),
            scheduler.Dispose);
    }

    /// <summary>Euler on sigmas that Flux's pipeline spaces evenly and shifts by the number of tokens.</summary>
    public static PipelineScheduler Flux(int steps, int tokens)
    {
        var scheduler = new FlowMatchEulerDiscreteScheduler(new FlowMatchEulerDiscreteSchedulerConfig { Shift = 3.0, UseDynamicShifting = true });
        scheduler.SetTimesteps(
            sigmas: [.. Enumerable.Range(0, steps).Select(i => 1.0 - (double)i / steps)], mu: scheduler.CalculateShift(tokens));
        return new(scheduler.Timesteps, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample));
    }

    /// <summary>The sample after a step, in the current dispose scope.</summary>
    public Tensor Step(Tensor modelOutput, int index, Tensor sample) => step(modelOutput, index, sample);

    /// <inheritdoc/>
    public void Dispose() => free?.Invoke();
}
