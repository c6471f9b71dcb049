using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>What an operation is run on, by a kernel and in torch.</summary>
/// <param name="Dtype">Of the model's tensors.</param>
/// <param name="Length">Elements of one of them.</param>
/// <param name="IsShifted">Whether they begin at addresses that vectors cannot take.</param>
/// <param name="IsExact">
/// Whether all sums and products are numbers of float32, whatever their order, so that the one rounding at the end is all there
/// is: the twins are then the same number for number. Otherwise values are of all kinds.
/// </param>
internal sealed record TwinCase(ScalarType Dtype, long Length, bool IsShifted, bool IsExact)
{
    /// <summary>A tensor that nobody has written yet.</summary>
    public Tensor Empty(ScalarType dtype, params long[] shape) =>
        IsShifted ? empty(Count(shape) + 1, dtype)[1..].view(shape) : empty(shape, dtype);

    /// <summary>Values, NaN and infinities among them where the case is not exact.</summary>
    public Tensor Values(int seed, ScalarType dtype, params long[] shape) =>
        Empty(dtype, shape).copy_(IsExact ? Sixteenths(seed, shape) : KernelAssert.Values(seed, dtype, DeviceType.CPU, shape));

    /// <summary>Values about 1, none of them 0 where the case is exact.</summary>
    public Tensor Numbers(int seed, ScalarType dtype, params long[] shape)
    {
        manual_seed(seed);
        return Empty(dtype, shape).copy_(IsExact ? Sixteenths(seed, shape) : randn(shape));
    }

    /// <summary>Weights; in an exact case powers of two, and so small a one among them that results are rounded.</summary>
    public double[] Weights(int count) =>
        [.. Enumerable.Range(0, count).Select(i => IsExact ? (i % 3) switch { 0 => 2, 1 => -1.0 / 256, _ => 0.5 } : Math.Sin(i + 1) * 2)];

    /// <summary>Compares the twins' results.</summary>
    /// <param name="expected">By torch operations.</param>
    /// <param name="actual">By a kernel.</param>
    /// <param name="terms">The sum of the magnitudes of what was added.</param>
    public void AreAlike(Tensor expected, Tensor actual, Tensor terms)
    {
        if (!IsExact)
        {
            KernelAssert.AreClose(expected, actual, terms, ToString());
            return;
        }
        Assert.AreEqual(expected.dtype, actual.dtype);
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        Assert.IsTrue(expected.equal(actual).all().item<bool>(), $"{this} differs.\n{expected}\n{actual}");
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Odd sixteenths below 4, which all dtypes hold.</summary>
    private static Tensor Sixteenths(int seed, long[] shape)
    {
        var random = new Random(seed);
        var values = new float[Count(shape)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (2 * random.Next(-32, 32) + 1) / 16f;
        return tensor(values, shape);
    }
}
