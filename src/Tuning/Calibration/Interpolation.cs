namespace Afterimage.Tuning;

/// <summary>What lies between places that were measured.</summary>
internal static class Interpolation
{
    /// <summary>The value on the straight line between the two nearest places; outside of all, that of the nearest.</summary>
    /// <param name="knots">In ascending order, one at least.</param>
    /// <param name="place">Where.</param>
    public static double At(IReadOnlyList<(double Place, double Value)> knots, double place)
    {
        var next = 0;
        while (next < knots.Count && knots[next].Place < place)
            next++;
        if (next == 0)
            return knots[0].Value;
        if (next == knots.Count)
            return knots[^1].Value;
        var (from, to) = (knots[next - 1], knots[next]);
        return from.Value + (to.Value - from.Value) * (place - from.Place) / (to.Place - from.Place);
    }
}
