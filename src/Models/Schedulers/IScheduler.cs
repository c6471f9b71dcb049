using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// A scheduler: the timesteps of a run, and how a model's output takes a sample from one of them to the next. Each has a <c>Step</c> of its own as well, with
/// the parameters that diffusers' has.
/// </summary>
public interface IScheduler
{
    /// <summary>The settings.</summary>
    PretrainedConfig Config { get; }

    /// <summary>The number of timesteps in training.</summary>
    int NumTrainTimesteps { get; }

    /// <summary>What to multiply the first noise with.</summary>
    double InitNoiseSigma { get; }

    /// <summary>Chooses the timesteps of a run and begins it. Another run of the scheduler ends with that.</summary>
    /// <param name="request">What diffusers' <c>set_timesteps</c> takes.</param>
    /// <returns>The run, which the caller disposes of.</returns>
    /// <exception cref="ArgumentException">There are no steps, more than training had, or an argument is missing or is not one of this scheduler.</exception>
    SchedulerRun BeginRun(ScheduleRequest request);
}
