using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

internal static class TensorAssert
{
    public static double MaxDifference(Tensor expected, Tensor actual)
    {
        using var scope = NewDisposeScope();
        CollectionAssert.AreEqual(expected.shape, actual.shape, $"[{string.Join(", ", expected.shape)}] / [{string.Join(", ", actual.shape)}]");
        return expected.NumberOfElements == 0 ? 0 : (expected.to(ScalarType.Float64) - actual.to(ScalarType.Float64)).abs().max().item<double>();
    }

    public static double MaxMagnitude(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(ScalarType.Float64).abs().max().item<double>();
    }

    /// <summary>Every element within <paramref name="limit"/>; not-a-number is within nothing.</summary>
    public static void Close(Tensor expected, Tensor actual, double limit, string what = "")
    {
        var difference = MaxDifference(expected, actual);
        Assert.IsTrue(difference <= limit, $"{what}: differs by {difference:g3}, limit {limit:g3}");
    }

    public static void Same(Tensor expected, Tensor actual, string what = "") => Close(expected, actual, 0, what);
}
