namespace Afterimage.Tuning;

/// <summary>
/// The inner products of a site's values at all steps of a run, per number of a value: all that is needed to know how far any linear combination of some of them is from
/// another, and which combination is the nearest. Symmetric; kept as its lower half, row by row.
/// </summary>
/// <param name="Steps">How many steps there are.</param>
/// <param name="LowerHalf">Of step 0 with itself; of step 1 with 0 and with itself; and so on.</param>
public sealed record StepProducts(int Steps, IReadOnlyList<double> LowerHalf)
{
    /// <summary>The inner product of two steps' values.</summary>
    public double this[int step, int other] => step >= other ? LowerHalf[step * (step + 1) / 2 + other] : LowerHalf[other * (other + 1) / 2 + step];

    /// <summary>The mean square of a combination of all steps' values.</summary>
    /// <param name="weights">One for each step.</param>
    public double MeanSquare(ReadOnlySpan<double> weights)
    {
        var (sum, place) = (0.0, 0);
        for (var step = 0; step < weights.Length; step++)
        {
            var (weight, row) = (weights[step], 0.0);
            if (weight == 0)
            {
                place += step + 1;
                continue;
            }
            for (var other = 0; other < step; other++)
                row += LowerHalf[place + other] * weights[other];
            sum += weight * (2 * row + weight * LowerHalf[place + step]);
            place += step + 1;
        }
        // Of numbers near 0 what is left after rounding may be below it.
        return Math.Max(0, sum);
    }

    /// <summary>The mean of several, each divided by its own mean square: what counts is how a run changes, not how large its numbers are.</summary>
    public static StepProducts Mean(IReadOnlyList<StepProducts> all)
    {
        var scales = all.Select(products => 1 / (all.Count * Math.Max(double.Epsilon, products.Energy))).ToArray();
        return new StepProducts(
            all[0].Steps, [.. Enumerable.Range(0, all[0].LowerHalf.Count).Select(place => all.Select((products, i) => scales[i] * products.LowerHalf[place]).Sum())]);
    }

    /// <summary>The mean square of all values.</summary>
    private double Energy => Enumerable.Range(0, Steps).Average(step => this[step, step]);
}
