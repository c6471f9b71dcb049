using Afterimage.Configuration;

namespace Afterimage;

/// <summary>
/// Weight callbacks that are tables of one weight per step. Unlike other callbacks they can be written as JSON.
/// </summary>
public static class WeightSchedule
{
    /// <summary>A callback that answers the weight at <see cref="CacheStep.Index"/>.</summary>
    /// <param name="weights">
    /// One weight per step of the run. Being asked beyond the last is an <see cref="InvalidOperationException"/>.
    /// </param>
    /// <exception cref="ArgumentException">There are no weights, or one is not finite.</exception>
    public static Func<CacheStep, double> ByStep(params IReadOnlyList<double> weights) => new StepWeights(weights).At;

    /// <summary>
    /// Weights that go from <paramref name="first"/> to <paramref name="last"/> in equal steps, as the FasterCache paper lets the
    /// weight of attention grow from 0 to 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> is not positive.</exception>
    public static Func<CacheStep, double> Ramp(double first, double last, int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        return ByStep([.. Enumerable.Range(0, steps).Select(i => steps == 1 ? first : first + (last - first) * i / (steps - 1))]);
    }
}
