using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>A scheduler ready for a run: the one beside the model, or else the one that such checkpoints usually come with.</summary>
/// <param name="name">What it is and where it is from, for people.</param>
/// <param name="timesteps">Its timesteps.</param>
/// <param name="step">Makes the next sample from a model output, a step's number and a sample.</param>
/// <param name="free">Frees what it keeps between steps.</param>
internal sealed class PipelineScheduler(
    string name, IReadOnlyList<double> timesteps, Func<Tensor, int, Tensor, Tensor> step, Action? free = null) : IDisposable
{
    // Every run of a comparison adds the same noise.
    private const ulong Seed = 0;

    /// <summary>What it is and where it is from, for people.</summary>
    public string Name => name;

    /// <summary>The timesteps of the run.</summary>
    public IReadOnlyList<double> Timesteps => timesteps;

    /// <summary>The file's scheduler, or else DDIM as CogVideoX-2b configures it.</summary>
    public static PipelineScheduler CogVideoX(SchedulerFile? file, int steps) =>
        file is not null ? Open(file, nameof(CogVideoXDDIMScheduler), steps) : Over(Usual<CogVideoXDDIMScheduler>("CogVideoX-2b"), steps, new CogVideoXDDIMScheduler(new()
        {
            ClipSample = false,
            PredictionType = "v_prediction",
            RescaleBetasZeroSnr = true,
            TimestepSpacing = "trailing",
        }));

    /// <summary>The file's scheduler, or else DDIM with linear betas, as Latte-1 configures it.</summary>
    public static PipelineScheduler Latte(SchedulerFile? file, int steps) =>
        file is not null ? Open(file, nameof(DDIMScheduler), steps) : Over(Usual<DDIMScheduler>("Latte-1"), steps, new DDIMScheduler(new() { ClipSample = false }));

    /// <summary>The file's scheduler, or else UniPC on the flow's sigmas, shifted as Wan 2.1 does for 480 rows.</summary>
    public static PipelineScheduler Wan(SchedulerFile? file, int steps) =>
        file is not null ? Open(file, nameof(UniPCMultistepScheduler), steps) : Over(Usual<UniPCMultistepScheduler>("Wan 2.1"), steps, new UniPCMultistepScheduler(new()
        {
            PredictionType = "flow_prediction",
            UseFlowSigmas = true,
            FlowShift = 3.0,
        }));

    /// <summary>The file's scheduler, or else Euler as FLUX.1-dev configures it; Flux's pipeline gives it sigmas, and μ by the number of tokens.</summary>
    public static PipelineScheduler Flux(SchedulerFile? file, int steps, int tokens) =>
        file is not null
            ? Open(file, nameof(FlowMatchEulerDiscreteScheduler), steps, tokens)
            : Over(Usual<FlowMatchEulerDiscreteScheduler>("FLUX.1-dev"), steps, new FlowMatchEulerDiscreteScheduler(new() { Shift = 3.0, UseDynamicShifting = true }), tokens);

    /// <summary>The sample after a step, in the current dispose scope.</summary>
    public Tensor Step(Tensor modelOutput, int index, Tensor sample) => step(modelOutput, index, sample);

    /// <inheritdoc/>
    public void Dispose() => free?.Invoke();

    private static PipelineScheduler Open(SchedulerFile file, string usualClass, int steps, int? tokens = null)
    {
        var name = $"{file.ClassName ?? usualClass} of {file.Path}";
        return (file.ClassName ?? usualClass) switch
        {
            nameof(CogVideoXDDIMScheduler) => Over(name, steps, CogVideoXDDIMScheduler.FromFile(file.Path)),
            nameof(CogVideoXDPMScheduler) => Over(name, steps, CogVideoXDPMScheduler.FromFile(file.Path)),
            nameof(DDIMScheduler) => Over(name, steps, DDIMScheduler.FromFile(file.Path)),
            nameof(UniPCMultistepScheduler) => Over(name, steps, UniPCMultistepScheduler.FromFile(file.Path)),
            nameof(FlowMatchEulerDiscreteScheduler) => Over(name, steps, FlowMatchEulerDiscreteScheduler.FromFile(file.Path), tokens),
            var other => throw new NotSupportedException(
                $"{file.Path}: the scheduler {other} does not exist here; {nameof(CogVideoXDDIMScheduler)}, {nameof(CogVideoXDPMScheduler)}, {nameof(DDIMScheduler)}, "
                + $"{nameof(FlowMatchEulerDiscreteScheduler)} and {nameof(UniPCMultistepScheduler)} do"),
        };
    }

    private static string Usual<TScheduler>(string checkpoint) =>
        $"{typeof(TScheduler).Name} as {checkpoint} configures it: there is no scheduler/scheduler_config.json beside the model";

    private static PipelineScheduler Over(string name, int steps, CogVideoXDDIMScheduler scheduler)
    {
        scheduler.SetTimesteps(steps);
        return new(name, Doubles(scheduler.Timesteps), (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    private static PipelineScheduler Over(string name, int steps, CogVideoXDPMScheduler scheduler)
    {
        scheduler.SetTimesteps(steps);
        var generator = new Generator(Seed);
        Tensor? before = null; // the original that the step before predicted
        return new(
            name,
            Doubles(scheduler.Timesteps),
            (output, i, sample) =>
            {
                var next = scheduler.Step(output, before, scheduler.Timesteps[i], i > 0 ? scheduler.Timesteps[i - 1] : null, sample, generator);
                before?.Dispose();
                before = next.PredOriginalSample.DetachFromDisposeScope();
                return next.PrevSample;
            },
            () =>
            {
                before?.Dispose();
                generator.Dispose();
            });
    }

    private static PipelineScheduler Over(string name, int steps, DDIMScheduler scheduler)
    {
        scheduler.SetTimesteps(steps);
        return new(name, Doubles(scheduler.Timesteps), (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample).PrevSample);
    }

    private static PipelineScheduler Over(string name, int steps, UniPCMultistepScheduler scheduler)
    {
        scheduler.SetTimesteps(steps);
        return new(name, Doubles(scheduler.Timesteps), (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample), scheduler.Dispose);
    }

    private static PipelineScheduler Over(string name, int steps, FlowMatchEulerDiscreteScheduler scheduler, int? tokens = null)
    {
        // Flux's pipeline spaces sigmas itself, from 1 to 1 / steps; others leave that to the scheduler.
        if (tokens is { } count)
        {
            scheduler.SetTimesteps(
                sigmas: [.. Enumerable.Range(0, steps).Select(i => 1.0 - (double)i / steps)],
                mu: scheduler.Config.UseDynamicShifting ? scheduler.CalculateShift(count) : null);
        }
        else
            scheduler.SetTimesteps(steps);
        var generator = new Generator(Seed);
        return new(
            name, scheduler.Timesteps, (output, i, sample) => scheduler.Step(output, scheduler.Timesteps[i], sample, generator), generator.Dispose);
    }

    private static double[] Doubles(IReadOnlyList<long> timesteps) => [.. timesteps.Select(timestep => (double)timestep)];
}
