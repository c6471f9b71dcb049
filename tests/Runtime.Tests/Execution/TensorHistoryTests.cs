using Afterimage.Execution;
using Afterimage.Runtime.Tests.Planning;
using CsCheck;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Execution;

[TestClass]
public sealed class TensorHistoryTests
{
    private static readonly Gen<(int Values, int[] Reads)> Cases =
        from values in Gen.Int[1, 4]
        from reads in Gen.Int[-1, values].Array[0, 24]
        select (values, reads);

    [TestMethod]
    public void Combine_OfTwoInARingOfThree_KeepsTheTwoBefore()
    {
        using var scope = NewDisposeScope();
        using var history = new TensorHistory(new SlotLayout(3));
        foreach (var value in (double[])[1, 2, 4])
            history.Store(tensor(value));
        AssertIs(2 * 4 - 2, history.Combine([2, -1])); // 6, 4, 2
        AssertIs(6, history.Combine([1, 0, 0])); // 6, 6, 4
        AssertIs(4, history.Combine([0, 0, 1])); // 4, 6, 6
        AssertIs(10, history.Combine([1, 1])); // 10, 4, 6
        AssertIs(6, history.Combine([0, 0, 1]));
    }

    /// <summary>So that plans that are executed on numbers say what a run gives.</summary>
    [TestMethod]
    public void Forwards_OfAnyCells_GiveWhatTheRingOfNumbersGives() => Cases.Sample(
        (values, reads) =>
        {
            using var scope = NewDisposeScope();
            using var history = new TensorHistory(new SlotLayout(values));
            var ring = new RingExecution(values);
            for (var i = 0; i < reads.Length; i++)
            {
                // Of how many values, newest first: −1 for a computed one.
                var read = reads[i];
                var cell = read < 0 ? PlanCell.ComputeAndStore
                    : read == 0 ? PlanCell.Reuse
                    : PlanCell.Combine([.. Enumerable.Range(0, read).Select(age => 0.75 - 0.5 * age)]) with { Stores = i % 3 != 0 };
                if (!history.Holds(Math.Max(read, 1)))
                    cell = PlanCell.ComputeAndStore;
                var computed = 1 + i * 0.375;
                var expected = ring.Forward(cell, () => computed);
                if (cell.IsComputed)
                    history.Store(tensor(computed));
                AssertIs(expected, cell switch
                {
                    { Action: SiteAction.Combine, Stores: true } => history.Combine(cell.Coefficients.AsSpan()),
                    { Action: SiteAction.Combine } => history.Predict(cell.Coefficients.AsSpan()),
                    _ => history.Reuse(),
                });
            }
        },
        iter: 2_000,
        threads: 1);

    private static void AssertIs(double expected, Tensor actual) =>
        Assert.AreEqual(expected, actual.item<double>(), 1e-12 * Math.Max(1, Math.Abs(expected)));
}
