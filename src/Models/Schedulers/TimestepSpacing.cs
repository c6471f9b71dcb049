namespace Afterimage.Models;

/// <summary>Which training timesteps a run visits. Rounding and lengths are numpy's, halves to even.</summary>
internal static class TimestepSpacing
{
    public static long[] Choose(string spacing, int trainSteps, int steps, int offset) => spacing switch
    {
        "linspace" => Linspace(trainSteps, steps),
        "leading" => [.. Enumerable.Range(0, steps).Reverse().Select(i => (long)i * (trainSteps / steps) + offset)],
        "trailing" => Trailing(trainSteps, steps),
        _ => throw new ArgumentException($"timestep_spacing '{spacing}' is not known", nameof(spacing)),
    };

    private static long[] Linspace(int trainSteps, int steps)
    {
        if (steps == 1)
            return [0];
        var step = (trainSteps - 1.0) / (steps - 1);
        return [.. Enumerable.Range(0, steps).Reverse().Select(i => i == steps - 1 ? trainSteps - 1 : Round(i * step))];
    }

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
