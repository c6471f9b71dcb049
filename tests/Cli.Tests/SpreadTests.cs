using Afterimage.Tuning;

namespace Afterimage.Cli.Tests;

[TestClass]
public class SpreadTests
{
    [TestMethod]
    [DataRow(1, 0)]
    [DataRow(3, 0)]
    [DataRow(8, 0)]
    [DataRow(9, 1)]
    [DataRow(24, 6)]
    [DataRow(100, 39)]
    public void Of_Values_LeavesOutAsManyAsTheSignTest(int count, int left)
    {
        var spread = Spread.Of(Enumerable.Range(0, count).Select(i => (double)i).Reverse());
        Assert.AreEqual(((count - 1) / 2.0, left, count - 1 - left), (spread.Median, spread.Low, spread.High));
    }

    [TestMethod]
    [DataRow(new[] { 1.2, 1.3 }, false)]
    [DataRow(new[] { 1.2, 1.3, 1.1 }, true)]
    [DataRow(new[] { 1.2, 1.3, 0.9 }, false)]
    [DataRow(new[] { 1.2, 1.3, 1.0 }, false)]
    public void IsAbove_OnlyWhereAllIsAndThereIsEnough(double[] values, bool expected) => Assert.AreEqual(expected, Spread.Of(values).IsAbove(1));

    [TestMethod]
    [DataRow(new[] { 1.2, 1.3, 1.1 }, "1.20× (1.10–1.30)")]
    [DataRow(new[] { 0.8, 0.7, 0.9 }, "0.80× (0.70–0.90)")]
    [DataRow(new[] { 1.2, 1.3, 0.9 }, "no difference (0.90–1.30)")]
    [DataRow(new[] { 1.0, 1.3, 1.2 }, "no difference (1.00–1.30)")]
    [DataRow(new[] { 1.2, 1.3 }, "1.25× (too few rounds)")]
    [DataRow(new[] { 1.2 }, "1.20× (too few rounds)")]
    public void AsSpeedup_SaysNothingThatWasNotMeasured(double[] values, string expected) => Assert.AreEqual(expected, Spread.Of(values).AsSpeedup());

    [TestMethod]
    public void Order_EveryCacheIsOnceInARoundAndNoneIsAlwaysFirst()
    {
        foreach (var caches in (int[])[2, 3, 12])
        {
            var rounds = Enumerable.Range(0, 2 * caches).Select(round => Rounds.Order(round, caches)).ToList();
            foreach (var round in rounds)
                CollectionAssert.AreEqual(Enumerable.Range(0, caches).ToArray(), round.Order().ToArray());
            // Before each of the others as often as after it.
            for (var a = 0; a < caches; a++)
            {
                for (var b = 0; b < a; b++)
                    Assert.AreEqual(caches, rounds.Count(round => round.ToList().IndexOf(a) < round.ToList().IndexOf(b)));
            }
        }
    }
}
