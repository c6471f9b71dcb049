using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public sealed class CombineKernelTests
{
    private static readonly double[][] s_coefficients =
    [
        [1.3, -0.3], [1, 0], [1e30, 1 - 1e30], [2, 0.5], [0.7], [0, 0], [0.5, 0.25, -1], [1, 1e30, -1e30], [1, -1, 2, 0.125],
    ];

    private static IEnumerable<(DeviceType, ScalarType)> Places => Accelerators.WithDtypes;

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_AnyHistory_IsWhatTorchGives(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var coefficients in s_coefficients)
        {
            foreach (var length in new long[] { 0, 1, 3, 4, 7, 64, 203 })
            {
                using var scope = NewDisposeScope();
                Tensor[] History() => [.. coefficients.Select((_, i) => KernelAssert.Values(i, dtype, device, length))];
                var (expected, actual) = (History(), History());
                var terms = expected.Zip(coefficients, (each, c) => (each.to(ScalarType.Float64) * c).abs()).Aggregate((a, b) => a + b);
                Combine.InTorch(expected, coefficients);
                Combine.Launch(launcher, actual, coefficients);
                KernelAssert.AreClose(expected[^1], actual[^1], terms, $"{string.Join(", ", coefficients)}: {length}");
                for (var i = 0; i < actual.Length - 1; i++)
                    KernelAssert.AreClose(expected[i], actual[i], zeros_like(terms));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_AtAnAddressThatVectorsCannotTake_IsTheSame(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        using var scope = NewDisposeScope();
        Tensor[] History() => [KernelAssert.Values(1, dtype, device, 50)[1..], KernelAssert.Values(2, dtype, device, 50)[1..]];
        var (expected, actual) = (History(), History());
        Combine.InTorch(expected, [2, 0.5]);
        Combine.Launch(launcher, actual, [2, 0.5]);
        KernelAssert.AreClose(expected[^1], actual[^1], 4 * actual[0].abs());
    }

    [TestMethod]
    [DataRow(ScalarType.Float32, 1e-6)]
    [DataRow(ScalarType.Float64, 1e-12)]
    [DataRow(ScalarType.Float16, 5e-3)]
    [DataRow(ScalarType.BFloat16, 4e-2)]
    public void IntoOldest_TwoOrMoreResults_IsTheSum(ScalarType dtype, double tolerance)
    {
        foreach (var coefficients in new double[][] { [1.3, -0.3], [2, 0.5], [0.5, 0.25, -1], [1, -1, 2, 0.125], [1, 1, 1, 1, 1] })
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
    public void IntoOldest_OtherNumberOfCoefficients_IsRefused()
    {
        using var one = ones(2);
        Assert.ThrowsExactly<ArgumentException>(() => Combine.IntoOldest([one], [1, 2]));
    }

    [TestMethod]
    public void Launch_OfTensorsOfDifferentSizes_IsRefused()
    {
        using var scope = NewDisposeScope();
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Combine.Launch(Accelerators.Launcher(DeviceType.CPU), [ones(4), ones(8)], [1, 2]));
        Assert.Contains("8 elements", error.Message);
        Assert.Contains("got 4", error.Message);
    }

    [TestMethod]
    public void Launch_OfAStridedTensor_IsRefused()
    {
        using var scope = NewDisposeScope();
        var strided = ones(4, 6).t();
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Combine.Launch(Accelerators.Launcher(DeviceType.CPU), [strided, strided], [1, 2]));
        Assert.Contains("contiguous", error.Message);
        Assert.Contains("[6, 4] with strides [1, 6]", error.Message);
    }
}
