namespace Afterimage.Tuning;

/// <summary>
/// How far what takes the place of a region's value is from it, as a share of the value's length: the root mean square over steps and prompts, by how many steps ago the last value was
/// computed. Where two or three values are read they lie as far from each other.
/// </summary>
/// <param name="Last">Of the last value.</param>
/// <param name="Line">Of the straight line through the last two: the Taylor series of order 1.</param>
/// <param name="Taylor">Of the Taylor series of order 2.</param>
/// <param name="Fitted">Of the weights of the last two that fit best.</param>
public sealed record PredictorErrors(IReadOnlyList<double> Last, IReadOnlyList<double> Line, IReadOnlyList<double> Taylor, IReadOnlyList<double> Fitted)
{
    private const int LongestGap = 8;

    /// <summary>Those of a region.</summary>
    /// <exception cref="ArgumentException">It was not measured.</exception>
    public static PredictorErrors Of(CacheCalibration calibration, RegionName name)
    {
        var region = calibration.Region(name) ?? throw new ArgumentException($"The calibration has no region {name}.", nameof(name));
        var fit = calibration.Fit(name)!;
        return new PredictorErrors(
            ByGap(1, (_, _) => [1]),
            ByGap(2, (_, _) => [2, -1]),
            ByGap(3, (_, _) => [2.5, -2, 0.5]),
            ByGap(2, (step, gap) => FittedWeights.Of(fit, step, [step - gap, step - 2 * gap])));

        double[] ByGap(int values, Func<int, int, double[]> weights) =>
        [
            .. from gap in Enumerable.Range(1, LongestGap)
               where gap * values < calibration.Timesteps.Count
               select Error(region, gap, values, weights),
        ];
    }

    private static double Error(CalibratedRegion region, int gap, int values, Func<int, int, double[]> weights)
    {
        var (error, size) = (0.0, 0.0);
        foreach (var products in region.Prompts.Select(prompt => prompt.Products))
        {
            for (var step = gap * values; step < products.Steps; step++)
            {
                var own = weights(step, gap);
                var difference = new double[products.Steps];
                difference[step] = 1;
                for (var age = 0; age < own.Length; age++)
                    difference[step - (age + 1) * gap] -= own[age];
                error += products.MeanSquare(difference);
                size += products[step, step];
            }
        }
        return Math.Sqrt(error / Math.Max(size, double.Epsilon));
    }
}
