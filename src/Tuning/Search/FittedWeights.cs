namespace Afterimage.Tuning;

/// <summary>
/// The weights of what is kept of a region that come nearest to its value at a step: least squares over the calibrated runs, of the newest value and of the ways from each one before
/// to the next.
/// </summary>
internal static class FittedWeights
{
    // What a cached run keeps is not quite what the calibrated one had, and a difference of two of them is less so: a way counts a little less than it fits.
    private const double Reserve = 0.1;

    /// <summary>The weights, newest first.</summary>
    /// <param name="products">Of the region, over all calibrated runs.</param>
    /// <param name="step">The step whose value is wanted.</param>
    /// <param name="kept">The steps whose values are kept, newest first; one at least.</param>
    public static double[] Of(StepProducts products, int step, ReadOnlySpan<int> kept)
    {
        var count = kept.Length;
        // The newest value, and then the ways, as combinations of all steps.
        var basis = new double[count][];
        for (var i = 0; i < count; i++)
        {
            basis[i] = new double[products.Steps];
            basis[i][kept[Math.Max(0, i - 1)]] = 1;
            if (i > 0)
                basis[i][kept[i]] -= 1;
        }
        var matrix = new double[count, count + 1];
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column < count; column++)
                matrix[row, column] = Product(products, basis[row], basis[column], kept);
            matrix[row, row] *= row == 0 ? 1 : 1 + Reserve;
            matrix[row, count] = ProductWith(products, basis[row], step, kept);
        }
        var factors = Solve(matrix, count);
        var weights = new double[count];
        for (var i = 0; i < count; i++)
            weights[i] = i == 0 ? factors[0] + (count > 1 ? factors[1] : 0) : (i + 1 < count ? factors[i + 1] : 0) - factors[i];
        return weights;
    }

    private static double Product(StepProducts products, double[] one, double[] other, ReadOnlySpan<int> kept)
    {
        var sum = 0.0;
        foreach (var step in kept)
        {
            if (one[step] == 0)
                continue;
            sum += one[step] * ProductWith(products, other, step, kept);
        }
        return sum;
    }

    private static double ProductWith(StepProducts products, double[] combination, int step, ReadOnlySpan<int> kept)
    {
        var sum = 0.0;
        foreach (var other in kept)
            sum += combination[other] * products[step, other];
        return sum;
    }

    /// <summary>Gaussian elimination. What nothing is known of counts nothing, but for the newest value, which stays as it is.</summary>
    private static double[] Solve(double[,] matrix, int count)
    {
        var scale = matrix[0, 0];
        for (var pivot = 0; pivot < count; pivot++)
        {
            var isKnown = matrix[pivot, pivot] > 1e-12 * scale;
            for (var row = pivot + 1; isKnown && row < count; row++)
            {
                var factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (var column = pivot; column <= count; column++)
                    matrix[row, column] -= factor * matrix[pivot, column];
            }
        }
        var solution = new double[count];
        for (var row = count - 1; row >= 0; row--)
        {
            var rest = matrix[row, count];
            for (var column = row + 1; column < count; column++)
                rest -= matrix[row, column] * solution[column];
            solution[row] = matrix[row, row] > 1e-12 * scale ? rest / matrix[row, row] : row == 0 ? 1 : 0;
        }
        return solution;
    }
}
