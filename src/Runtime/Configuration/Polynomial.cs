namespace Afterimage.Configuration;

/// <summary>Values of polynomials.</summary>
internal static class Polynomial
{
    /// <summary>The value at <paramref name="x"/>.</summary>
    /// <param name="coefficients">One at least, the one of the highest power first.</param>
    /// <param name="x">Where.</param>
    public static double Of(IReadOnlyList<double> coefficients, double x) => coefficients.Aggregate((value, coefficient) => (value * x) + coefficient);
}
