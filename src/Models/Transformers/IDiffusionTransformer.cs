using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// A transformer that tools can call without knowing its class. Each class implements it beside its own <c>forward</c>, and is listed in <see cref="ModelClasses"/>.
/// </summary>
internal interface IDiffusionTransformer : ICacheableModel
{
    /// <summary>The scheduler that checkpoints of this class usually come with, and which checkpoint has it so.</summary>
    (string Checkpoint, IScheduler Scheduler) UsualScheduler { get; }

    /// <summary>Calls the model by the keyword names of diffusers' <c>forward</c>. The result is in the current dispose scope.</summary>
    Tensor Forward(KeywordArguments arguments);

    /// <summary>Random inputs of the size that its config is made for. The caller owns them.</summary>
    /// <exception cref="InsufficientMemoryException">A forward on these does not fit into the CPU's memory.</exception>
    TransformerExample Example(ScalarType dtype, Device device);

    /// <summary>What caches are told in the place of a scheduler's timestep: a number that falls from 1000 to 0.</summary>
    double CacheTimestep(double timestep) => timestep;

    /// <summary>What this class's pipeline asks a scheduler for.</summary>
    /// <param name="scheduler">The scheduler.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="tokens">How many tokens the latents are.</param>
    ScheduleRequest ScheduleOf(IScheduler scheduler, int steps, long tokens) => ScheduleRequest.Of(steps);
}
