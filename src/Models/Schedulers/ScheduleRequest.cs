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

    /// <summary>Refuses what a scheduler does not take.</summary>
    /// <exception cref="ArgumentException">It is given.</exception>
    internal void Refuse(string scheduler, bool sigmas = false, bool timesteps = false)
    {
        if (sigmas && Sigmas is not null)
            throw new ArgumentException($"{scheduler} takes no {nameof(Sigmas)}");
        if (timesteps && Timesteps is not null)
            throw new ArgumentException($"{scheduler} takes no {nameof(Timesteps)}");
    }
}
