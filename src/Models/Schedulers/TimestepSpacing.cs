namespace Afterimage.Models;

/// <summary>Which training timesteps a run visits. Rounding and lengths are numpy's, halves to even.</summary>
internal static class TimestepSpacing
{
    public static long[] Choose(string spacing, int trainSteps, int steps, int offset) => spacing switch
    {
        "linspace" => [.. Spaced.Evenly(0, trainSteps - 1, steps).Reverse().Select(Round)],
        "leading" => [.. Enumerable.Range(0, steps).Reverse().Select(i => (long)i * (trainSteps / steps) + offset)],
        "trailing" => Trailing(trainSteps, steps),
        _ => throw new ArgumentException($"timestep_spacing '{spacing}' is not known", nameof(spacing)),
    };

    private static long[] Trailing(int trainSteps, int steps)
    {
        // numpy.arange(trainSteps, 0, -ratio): its length is rounded up, and its increment is the difference of the first two.
        var ratio = (double)trainSteps / steps;
        var count = (int)Math.Ceiling(trainSteps / ratio);
        var increment = trainSteps - ratio - trainSteps;
        return [.. Enumerable.Range(0, count).Select(i => Round(trainSteps + i * increment) - 1)];
    }

    private static long Round(double value) => (long)Math.Round(value, MidpointRounding.ToEven);
}
