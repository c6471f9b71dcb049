using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli;

/// <summary>A scheduler in a run: the one beside the model, or else the one that such checkpoints usually come with.</summary>
internal sealed class PipelineScheduler : IDisposable
{
    // Every run of a comparison adds the same noise.
    private const ulong Seed = 0;

    private readonly SchedulerRun _run;
    private readonly Generator _generator = new(Seed);

    private PipelineScheduler(string name, SchedulerRun run, IDiffusionTransformer model)
    {
        (Name, _run) = (name, run);
        CacheTimesteps = [.. run.Timesteps.Select(model.CacheTimestep)];
    }

    /// <summary>What it is and where it is from, for people.</summary>
    public string Name { get; }

    /// <summary>The timesteps of the run.</summary>
    public IReadOnlyList<double> Timesteps => _run.Timesteps;

    /// <summary>What caches are told of them.</summary>
    public IReadOnlyList<double> CacheTimesteps { get; }

    /// <summary>Begins a run.</summary>
    /// <param name="file">The scheduler beside the model; <see langword="null"/> for the usual one.</param>
    /// <param name="model">The model.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="tokens">How many tokens the latents are.</param>
    /// <exception cref="NotSupportedException">There is no such scheduler here.</exception>
    public static PipelineScheduler Begin(SchedulerFile? file, IDiffusionTransformer model, int steps, long tokens)
    {
        var (checkpoint, usual) = model.UsualScheduler;
        var name = usual.GetType().Name;
        if (file is null)
            return Over($"{name} as {checkpoint} configures it: there is no scheduler/scheduler_config.json beside the model", usual);
        name = file.ClassName ?? name;
        return Over($"{name} of {file.Path}", SchedulerClasses.FromFile(name, file.Path));

        PipelineScheduler Over(string source, IScheduler scheduler) => new(source, scheduler.BeginRun(model.ScheduleOf(scheduler, steps, tokens)), model);
    }

    /// <summary>What the model takes before a step, in the current dispose scope.</summary>
    public Tensor ScaleModelInput(int index, Tensor sample) => _run.ScaleModelInput(index, sample);

    /// <summary>The sample after a step, in the current dispose scope.</summary>
    public Tensor Step(Tensor modelOutput, int index, Tensor sample) => _run.Step(index, modelOutput, sample, _generator);

    /// <inheritdoc/>
    public void Dispose()
    {
        _run.Dispose();
        _generator.Dispose();
    }
}
