namespace Afterimage.Tuning;

/// <summary>
/// The weights of what is kept of a region that come nearest to its value at a step: least squares over the calibrated runs. Nothing draws them towards the newest value: what a run
/// loses by the noise that they add is less than by what they then lag behind, which points the same way at every step.
/// </summary>
internal static class FittedWeights
{
    // Of the newest value's mean square: what is less is rounding.
    private const double Nothing = 1e-12;

    /// <summary>The weights, newest first.</summary>
    /// <param name="products">Of the region, over all calibrated runs.</param>
    /// <param name="step">The step whose value is wanted.</param>
    /// <param name="kept">The steps whose values are kept, newest first; one at least.</param>
    public static double[] Of(StepProducts products, int step, ReadOnlySpan<int> kept)
    {
        var matrix = new double[kept.Length, kept.Length + 1];
        for (var row = 0; row < kept.Length; row++)
        {
            for (var column = 0; column < kept.Length; column++)
                matrix[row, column] = products[kept[row], kept[column]];
            matrix[row, kept.Length] = products[step, kept[row]];
        }
        return Solve(matrix, kept.Length);
    }

    /// <summary>Gaussian elimination, newest first. What says nothing that newer values do not say counts nothing; the newest alone stays as it is.</summary>
    private static double[] Solve(double[,] matrix, int count)
    {
        var least = Nothing * matrix[0, 0];
        for (var pivot = 0; pivot < count; pivot++)
        {
            var isKnown = matrix[pivot, pivot] > least;
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
            solution[row] = matrix[row, row] > least ? rest / matrix[row, row] : row == 0 ? 1 : 0;
        }
        return solution;
    }
}
