namespace Afterimage.Models;

/// <summary>What diffusers' schedulers take in <c>set_timesteps</c>; not each of them takes all.</summary>
public sealed record ScheduleRequest
{
    /// <summary>How many steps; may be left out where σ or timesteps tell.</summary>
    public int? NumInferenceSteps { get; init; }

    /// <summary>σ of every step before any shift, instead of evenly spaced ones.</summary>
    public IReadOnlyList<double>? Sigmas { get; init; }

    /// <summary>How far to shift under dynamic shifting; else it does nothing.</summary>
    public double? Mu { get; init; }

    /// <summary>Timesteps before any shift, instead of σ.</summary>
    public IReadOnlyList<double>? Timesteps { get; init; }

    /// <summary>A number of steps and nothing else.</summary>
    public static ScheduleRequest Of(int numInferenceSteps) => new() { NumInferenceSteps = numInferenceSteps };

    /// <summary>
    /// σ from 1 to 1 / steps and, where a scheduler of flow matching shifts dynamically, the μ of a number of tokens: what the pipelines of Flux and LTX ask
    /// for. Other schedulers are asked for a number of steps.
    /// </summary>
    internal static ScheduleRequest ByTokens(IScheduler scheduler, int steps, long tokens) => scheduler is FlowMatchEulerDiscreteScheduler flow
        ? new()
        {
            Sigmas = [.. Enumerable.Range(0, steps).Select(i => 1.0 - (double)i / steps)],
            Mu = flow.Config.UseDynamicShifting ? flow.CalculateShift(tokens) : null,
        }
        : Of(steps);

    /// <summary>The number of steps, for a scheduler that takes nothing else.</summary>
    /// <exception cref="ArgumentException">There is none, or something else is given.</exception>
    internal int StepsAlone(string scheduler) => this is { NumInferenceSteps: { } steps, Sigmas: null, Mu: null, Timesteps: null }
        ? steps
        : throw new ArgumentException($"{scheduler} takes {nameof(NumInferenceSteps)}, and nothing else");
}
