namespace Afterimage.Tuning;

/// <summary>The mean square of a combination of a site's values, which grows step by step.</summary>
/// <param name="products">The values' inner products.</param>
internal sealed class Deviation(StepProducts products)
{
    private readonly double[] _projected = new double[products.Steps]; // the products with the combination so far

    /// <summary>The mean square of the combination so far.</summary>
    public double MeanSquare { get; private set; }

    /// <summary>Adds a step's value, times a weight.</summary>
    public void Add(int step, double weight)
    {
        if (weight == 0)
            return;
        // Of numbers near 0 what is left after rounding may be below it.
        MeanSquare = Math.Max(0, MeanSquare + weight * (2 * _projected[step] + weight * products[step, step]));
        for (var other = 0; other < _projected.Length; other++)
            _projected[other] += weight * products[step, other];
    }
}
