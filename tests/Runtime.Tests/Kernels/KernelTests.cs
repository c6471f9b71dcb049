using Afterimage.Kernels;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public class KernelTests
{
    [TestMethod]
    [DataRow(ScalarType.Float32, 1e-6)]
    [DataRow(ScalarType.Float64, 1e-12)]
    [DataRow(ScalarType.Float16, 5e-3)]
    [DataRow(ScalarType.BFloat16, 4e-2)]
    public void Combine_TwoOrMoreResults_IsTheSum(ScalarType dtype, double tolerance)
    {
        foreach (var coefficients in new double[][] { [1.3, -0.3], [2, 0.5], [0.5, 0.25, -1], [1, -1, 2, 0.125] })
        {
            using var scope = NewDisposeScope();
            manual_seed(3);
            var history = coefficients.Select(_ => randn(7, 5).to(dtype)).ToArray();
            var expected = history.Zip(coefficients, (each, c) => each.to(ScalarType.Float64) * c).Aggregate((a, b) => a + b);
            Combine.IntoOldest(history, coefficients);
            var error = (history[^1].to(ScalarType.Float64) - expected).abs().max().item<double>();
            Assert.IsLessThanOrEqualTo(tolerance, error);
        }
    }

    [TestMethod]
    public void Combine_OtherNumberOfCoefficients_IsRefused()
    {
        using var one = ones(2);
        Assert.ThrowsExactly<ArgumentException>(() => Combine.IntoOldest([one], [1, 2]));
    }

    [TestMethod]
    [DataRow(8, 8)]
    [DataRow(7, 9)]
    [DataRow(12, 20)]
    [DataRow(5, 4)]
    [DataRow(60, 90)]
    [DataRow(1, 1)]
    public void FrequencySplit_AgainstTheShiftedSpectrum_IsTheSame(int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var x = randn(2, 3, height, width);
        var (low, high) = FrequencySplit.Apply(x);

        var radius = Math.Min(height, width) / 5;
        var mask = zeros(height, width);
        for (var y = 0; y < height; y++)
        {
            for (var column = 0; column < width; column++)
            {
                if ((y - height / 2) * (y - height / 2) + (column - width / 2) * (column - width / 2) <= radius * radius)
                    mask[y, column] = 1;
            }
        }
        var shifted = fft.fftshift(fft.fft2(x), [-2, -1]) * mask;
        var expected = fft.ifft2(fft.ifftshift(shifted, [-2, -1])).real;
        Assert.IsLessThan(1e-5, (low - expected).abs().max().item<float>());
        Assert.IsLessThan(1e-5, (low + high - x).abs().max().item<float>());
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.Float16)]
    [DataRow(ScalarType.BFloat16)]
    public void FrequencyBlend_OfAHalfType_IsRoundedOnce(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var (conditional, low, high) = (randn(3, 4).to(dtype), randn(3, 4), randn(3, 4));
        var blended = FrequencyBlend.Unconditional(conditional, low, high, 1.1, 0.9);
        var expected = (conditional.to(ScalarType.Float32) + 1.1 * low + 0.9 * high).to(dtype);
        Assert.AreEqual(dtype, blended.dtype);
        Assert.IsTrue(blended.allclose(expected));
    }
}
