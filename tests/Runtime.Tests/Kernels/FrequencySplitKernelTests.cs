using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public sealed class FrequencySplitKernelTests
{
    private static IEnumerable<(DeviceType, ScalarType)> Places => Accelerators.WithDtypes;

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_OfABatch_IsWhatTorchGives(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var (height, width) in new[] { (8, 8), (7, 9), (12, 20), (5, 4), (1, 1), (16, 23) })
        {
            using var scope = NewDisposeScope();
            manual_seed(6);
            var batch = randn(4, 3, height, width).to(dtype).to(device);
            var (expectedLow, expectedHigh) = FrequencySplit.InTorch(batch);
            var (low, high) = FrequencySplit.Launch(launcher, batch);
            var terms = ones_like(expectedLow).Times(4); // of values about 1, with the transforms' sums in between
            KernelAssert.AreClose(expectedLow, low, terms);
            KernelAssert.AreClose(expectedHigh, high, terms);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Of_ABatchWithoutFrames_IsEmpty(DeviceType device, ScalarType dtype)
    {
        _ = Accelerators.Launcher(device);
        using var scope = NewDisposeScope();
        var (low, high) = FrequencySplit.Of(zeros([4, 0, 8, 6], dtype).to(device));
        foreach (var part in new[] { low, high })
        {
            Assert.AreSequenceEqual([2L, 0, 8, 6], part.shape);
            Assert.AreEqual(ScalarType.Float32, part.dtype);
            Assert.AreEqual(device, part.device_type);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_OfAFrameThatIsNotFinite_SpoilsThatFrameOnly(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var value in new[] { float.NaN, float.PositiveInfinity })
        {
            using var scope = NewDisposeScope();
            var batch = ones([2, 2, 6, 8], dtype);
            batch[0, 1, 2, 3] = value;
            batch = batch.to(device);
            var (low, high) = FrequencySplit.Launch(launcher, batch);
            Assert.IsTrue(low[0, 1].isnan().all().item<bool>() && high[0, 1].isnan().all().item<bool>());
            Assert.IsTrue(low[0, 0].isfinite().all().item<bool>() && high[0, 0].isfinite().all().item<bool>());
        }
    }

    [TestMethod]
    [DataRow(8, 8)]
    [DataRow(7, 9)]
    [DataRow(12, 20)]
    [DataRow(5, 4)]
    [DataRow(60, 90)]
    [DataRow(1, 1)]
    public void Of_AgainstTheShiftedSpectrum_IsTheSame(int height, int width)
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var batch = randn(4, 3, height, width);
        var x = batch[..2] - batch[2..];
        var (low, high) = FrequencySplit.Of(batch);

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
        Assert.IsLessThan(1e-5, (low.Plus(high) - x).abs().max().item<float>());
    }

    [TestMethod]
    [DataRow(ScalarType.Float64)]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void Of_AStridedBatch_IsContiguousAndFloat32(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (low, high) = FrequencySplit.Of(randn(4, 6, 5, 3).to(dtype).permute(0, 3, 1, 2));
        foreach (var part in new[] { low, high })
        {
            Assert.AreEqual(ScalarType.Float32, part.dtype);
            Assert.IsTrue(part.is_contiguous());
        }
    }
}
