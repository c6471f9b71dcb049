using Afterimage.Configuration;
using static TorchSharp.torch;

namespace Afterimage.Tuning;

/// <summary>
/// A polynomial that says how much a model's output changes where an indicator of it does, by least squares, as numpy's <c>polyfit</c> (TeaCache, arXiv 2411.19108, section 3.3).
/// </summary>
/// <param name="Coefficients">The one of the highest power first, for <see cref="TeaCacheConfig.Coefficients"/>.</param>
/// <param name="RSquared">The share of the output's variance that it explains, at most 1.</param>
/// <param name="Points">How many changes it was fitted to.</param>
public sealed record PolynomialFit(IReadOnlyList<double> Coefficients, double RSquared, int Points)
{
    /// <summary>What a fit has to explain to be of use.</summary>
    public const double LeastRSquared = 0.5;

    /// <summary>TeaCache's published polynomials are of this degree.</summary>
    public const int Degree = 4;

    /// <summary>Fits one.</summary>
    /// <param name="x">Changes of the indicator.</param>
    /// <param name="y">Changes of the output, one for each.</param>
    /// <exception cref="ArgumentException">There are too few, or not as many of both.</exception>
    public static PolynomialFit Of(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count != y.Count || x.Count <= Degree)
            throw new ArgumentException($"Expected as many changes of both, {Degree + 1} at least, got {x.Count} and {y.Count}.", nameof(x));
        using var scope = NewDisposeScope();
        // Powers of numbers below 1 differ in size: columns are scaled, as numpy does.
        var powers = tensor([.. x.SelectMany(each => Enumerable.Range(0, Degree + 1).Select(power => Math.Pow(each, Degree - power)))]).view(x.Count, Degree + 1);
        var scales = powers.Squared().sum(0).sqrt();
        var solution = linalg.lstsq(powers / scales, tensor([.. y]).view(-1, 1)).Solution;
        double[] coefficients = [.. (solution.view(-1) / scales).data<double>()];
        var mean = y.Average();
        var unexplained = x.Zip(y, (change, output) => Math.Pow(output - Polynomial.Of(coefficients, change), 2)).Sum();
        var variance = y.Sum(output => Math.Pow(output - mean, 2));
        return new PolynomialFit(coefficients, variance == 0 ? 1 : 1 - unexplained / variance, x.Count);
    }

    /// <summary>A config of it.</summary>
    /// <param name="threshold">As <see cref="TeaCacheConfig.Threshold"/>.</param>
    /// <exception cref="InvalidOperationException">It explains too little.</exception>
    public TeaCacheConfig ToConfig(double threshold) => RSquared >= LeastRSquared
        ? new TeaCacheConfig { Coefficients = Coefficients, Threshold = threshold }
        : throw new InvalidOperationException(
            $"The polynomial explains {RSquared:P0} of how the model's output changes (R² {RSquared:F3}), less than {LeastRSquared:P0}: its indicator says too little about this model. "
            + "Tune a plan instead, or calibrate with more prompts.");
}
