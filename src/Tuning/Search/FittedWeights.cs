namespace Afterimage.Tuning;

/// <summary>
/// The weights of what is kept of a region that come nearest to its value at a step: least squares over the calibrated runs, of the newest value and of the way from the one
/// before to it.
/// </summary>
internal static class FittedWeights
{
    // What a cached run keeps is not quite what the calibrated one had, and a difference of two of them is less so: a way counts a little less than it fits.
    private const double Reserve = 0.1;

    /// <summary>The weights, newest first.</summary>
    /// <param name="products">Of the region, over all calibrated runs.</param>
    /// <param name="step">The step whose value is wanted.</param>
    /// <param name="newest">The step that was computed last.</param>
    /// <param name="before">The one computed before; <see langword="null"/> where one value is kept.</param>
    public static double[] Of(StepProducts products, int step, int newest, int? before)
    {
        var size = products[newest, newest];
        if (size <= 0)
            return before is null ? [1] : [1, 0];
        if (before is not { } older)
            return [products[step, newest] / size];
        // value ≈ a · newest + b · (newest − older)
        var way = size - 2 * products[newest, older] + products[older, older];
        var mixed = size - products[newest, older];
        var (toNewest, toWay) = (products[step, newest], products[step, newest] - products[step, older]);
        var reserved = way * (1 + Reserve);
        var determinant = size * reserved - mixed * mixed;
        if (determinant <= 1e-12 * size * size)
            return [toNewest / size, 0];
        var a = (toNewest * reserved - toWay * mixed) / determinant;
        var b = (size * toWay - mixed * toNewest) / determinant;
        return [a + b, -b];
    }
}
