namespace Afterimage.Tuning.Tests;

[TestClass]
public class StepProductsTests
{
    [TestMethod]
    public void MeanSquare_OfAnyCombination_IsThatOfTheValues()
    {
        var random = new Random(2);
        var values = Values(random, steps: 7, numbers: 30);
        var products = ProductsOf(values);
        for (var sample = 0; sample < 50; sample++)
        {
            double[] weights = [.. Enumerable.Range(0, 7).Select(step => random.Next(3) == 0 ? 0 : random.NextDouble() - 0.5)];
            var expected = Enumerable.Range(0, 30).Average(number => Math.Pow(Enumerable.Range(0, 7).Sum(step => weights[step] * values[step][number]), 2));
            Assert.AreEqual(expected, products.MeanSquare(weights), 1e-12);
        }
        Assert.AreEqual(products[3, 5], products[5, 3]);
    }

    [TestMethod]
    public void Mean_OfRunsOfOtherSizes_CountsEachTheSame()
    {
        var values = Values(new Random(3), steps: 4, numbers: 20);
        var large = values.Select(step => step.Select(number => 100 * number).ToArray()).ToArray();
        var (one, other) = (ProductsOf(values), ProductsOf(large));
        var (both, alone) = (StepProducts.Mean([one, other]), StepProducts.Mean([one]));
        for (var place = 0; place < both.LowerHalf.Count; place++)
            Assert.AreEqual(alone.LowerHalf[place], both.LowerHalf[place], 1e-12);
    }

    [TestMethod]
    public void FittedWeights_OfALine_AreThatLine()
    {
        // value(t) = a + t · b: two values say all, and a third nothing more.
        var random = new Random(4);
        double[] a = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble() - 0.5)], b = [.. a.Select(_ => 0.1 * (random.NextDouble() - 0.5))];
        var products = ProductsOf([.. Enumerable.Range(0, 6).Select(step => a.Zip(b, (from, way) => from + step * way).ToArray())]);
        var weights = FittedWeights.Of(products, 5, [3, 1]);
        Assert.AreEqual(2, weights[0], 1e-6);
        Assert.AreEqual(-1, weights[1], 1e-6);
        Assert.AreEqual(0, FittedWeights.Of(products, 5, [3, 1, 0])[2], 1e-6);
        // A single value can only grow or shrink.
        var single = FittedWeights.Of(products, 5, [3]);
        Assert.HasCount(1, single);
        Assert.IsLessThanOrEqualTo(Error(products, 5, 3, 1, [1, 0]), Error(products, 5, 3, 1, [single[0], 0]));
    }

    [TestMethod]
    public void FittedWeights_OfWhatDoesNotChange_AreTheLastValue()
    {
        var values = Enumerable.Repeat(Values(new Random(5), 1, 10)[0], 4).ToArray();
        var weights = FittedWeights.Of(ProductsOf(values), 3, [2, 1]);
        Assert.AreEqual(1, weights[0], 1e-9);
        Assert.AreEqual(0, weights[1], 1e-9);
        Assert.AreSequenceEqual([1.0], FittedWeights.Of(ProductsOf([[0, 0], [0, 0]]), 1, [0]));
    }

    internal static StepProducts ProductsOf(double[][] values) => new(
        values.Length, [.. Enumerable.Range(0, values.Length).SelectMany(step => Enumerable.Range(0, step + 1).Select(other => values[step].Zip(values[other], (x, y) => x * y).Average()))]);

    private static double[][] Values(Random random, int steps, int numbers) =>
        [.. Enumerable.Range(0, steps).Select(_ => Enumerable.Range(0, numbers).Select(_ => random.NextDouble() - 0.5).ToArray())];

    private static double Error(StepProducts products, int step, int newest, int before, double[] weights)
    {
        var difference = new double[products.Steps];
        difference[step] = 1;
        difference[newest] = -weights[0];
        difference[before] -= weights[1];
        return products.MeanSquare(difference);
    }
}
