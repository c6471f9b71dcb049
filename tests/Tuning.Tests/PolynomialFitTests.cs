namespace Afterimage.Tuning.Tests;

[TestClass]
public class PolynomialFitTests
{
    private static readonly double[] s_x = [.. Enumerable.Range(1, 20).Select(i => 0.01 * i)];

    [TestMethod]
    public void Of_APolynomial_FindsIt()
    {
        double[] coefficients = [-31, 25, -6, 1.7, -0.004];
        var fit = PolynomialFit.Of(s_x, [.. s_x.Select(x => coefficients.Aggregate((value, next) => value * x + next))]);
        for (var i = 0; i < coefficients.Length; i++)
            Assert.AreEqual(coefficients[i], fit.Coefficients[i], 1e-6);
        Assert.AreEqual(1, fit.RSquared, 1e-9);
        Assert.AreEqual(20, fit.Points);
        Assert.AreSequenceEqual(fit.Coefficients, fit.ToConfig(0.1).Coefficients);
    }

    /// <summary>The numbers of <c>numpy.polyfit(x, numpy.sin(40 * x), 4)</c>, and the share of the variance that they explain.</summary>
    [TestMethod]
    public void Of_WhatIsNoPolynomial_IsNumpysFit()
    {
        var fit = PolynomialFit.Of(s_x, [.. s_x.Select(x => Math.Sin(40 * x))]);
        double[] expected = [-43749.838213, 20376.6550167, -2970.32956152, 138.721821718, -0.897818910387];
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(1, fit.Coefficients[i] / expected[i], 1e-7);
        Assert.AreEqual(0.9821097686611362, fit.RSquared, 1e-9);
    }

    [TestMethod]
    public void ToConfig_OfAPoorFit_IsRefused()
    {
        var random = new Random(1);
        var fit = PolynomialFit.Of([.. Enumerable.Range(0, 500).Select(_ => random.NextDouble())], [.. Enumerable.Range(0, 500).Select(_ => random.NextDouble())]);
        Assert.IsLessThan(0.1, fit.RSquared);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => fit.ToConfig(0.1));
        Assert.Contains("R²", exception.Message);
        Assert.ThrowsExactly<ArgumentException>(() => PolynomialFit.Of([1, 2, 3], [1, 2, 3]));
    }
}
