namespace Afterimage.Models;

/// <summary>Evenly spaced numbers, rounded as <c>numpy.linspace</c> rounds them.</summary>
internal static class Spaced
{
    /// <summary>From <paramref name="start"/> to <paramref name="stop"/>, both included; a single one is the start.</summary>
    public static double[] Evenly(double start, double stop, int count)
    {
        var step = (stop - start) / (count - 1);
        var numbers = new double[count];
        for (var i = 0; i < count; i++)
            numbers[i] = i == 0 ? start : i == count - 1 ? stop : i * step + start;
        return numbers;
    }
}
