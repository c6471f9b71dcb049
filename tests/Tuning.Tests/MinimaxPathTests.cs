namespace Afterimage.Tuning.Tests;

[TestClass]
public class MinimaxPathTests
{
    /// <summary>The path found is the best of all there are, in 1,000 cases.</summary>
    [TestMethod]
    public void Find_OfRandomErrors_IsTheBestOfAllPaths()
    {
        var random = new Random(1);
        for (var sample = 0; sample < 1000; sample++)
        {
            var (steps, longest) = (random.Next(2, 11), random.Next(1, 6));
            var computed = random.Next(2, steps + 1);
            // Few values, so that paths share some of their errors.
            var errors = new double[steps, steps];
            for (var from = 0; from < steps; from++)
            {
                for (var to = from + 2; to < steps; to++)
                    errors[from, to] = random.Next(6);
            }
            var path = MinimaxPath.Find(steps, computed, longest, (from, to) => errors[from, to]);
            var best = Paths(steps, computed, longest).Select(each => Errors(each, errors)).Order(Comparer<double[]>.Create(MinimaxPath.Compare)).FirstOrDefault();
            Assert.AreEqual(best is null, path is null, $"case {sample}");
            if (path is null)
                continue;
            Assert.AreEqual((0, steps - 1, computed), (path[0], path[^1], path.Count));
            Assert.AreSequenceEqual(best!, Errors([.. path], errors), $"case {sample}");
        }
    }

    [TestMethod]
    public void Find_WhereOneSegmentIsWorst_LeavesItOut()
    {
        // Reusing across step 3 is what hurts.
        var path = MinimaxPath.Find(6, 4, 3, (from, to) => from < 3 && to > 3 ? 10 : to - from);
        Assert.AreSequenceEqual([0, 2, 3, 5], path!.Select(step => step is 1 or 2 ? 2 : step is 4 ? 5 : step).ToArray());
        Assert.Contains(3, path!);
    }

    [TestMethod]
    public void Find_OfImpossiblePaths_IsNull()
    {
        Assert.IsNull(MinimaxPath.Find(10, 3, 4, (_, _) => 0));
        Assert.IsNull(MinimaxPath.Find(3, 4, 4, (_, _) => 0));
        Assert.AreSequenceEqual([0], MinimaxPath.Find(1, 1, 1, (_, _) => 0)!);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MinimaxPath.Find(0, 1, 1, (_, _) => 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MinimaxPath.Find(4, 1, 1, (_, _) => 0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => MinimaxPath.Find(4, 2, 0, (_, _) => 0));
    }

    private static IEnumerable<int[]> Paths(int steps, int computed, int longest)
    {
        for (var set = 0; set < 1 << steps; set++)
        {
            int[] path = [.. Enumerable.Range(0, steps).Where(step => (set >> step & 1) != 0)];
            if (path.Length == computed && path[0] == 0 && path[^1] == steps - 1 && path.Zip(path.Skip(1)).All(edge => edge.Second - edge.First <= longest))
                yield return path;
        }
    }

    private static double[] Errors(int[] path, double[,] errors) =>
        [.. path.Zip(path.Skip(1), (from, to) => to == from + 1 ? 0 : errors[from, to]).OrderDescending()];
}
