using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public sealed class GuidanceKernelTests
{
    private static readonly (double Low, double High)[] s_weights = [(1.1, 0.9), (0, 0), (1, 1e30), (-1e30, 2)];

    private static readonly long[][] s_shapes = [[1, 2, 3, 5, 7], [2, 3, 8, 8], [0, 4], [1, 1]];

    private static IEnumerable<(DeviceType, ScalarType)> Places => Accelerators.WithDtypes;

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void FrequencyBlend_Batch_IsWhatTorchGives(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var shape in s_shapes)
        {
            foreach (var (lowWeight, highWeight) in s_weights)
            {
                using var scope = NewDisposeScope();
                var (conditional, low, high) = Inputs(dtype, device, shape);
                var expected = cat([FrequencyBlend.UnconditionalInTorch(conditional, low, high, lowWeight, highWeight), conditional]);
                var actual = FrequencyBlend.LaunchBatch(launcher, conditional, low, high, lowWeight, highWeight);
                var terms = conditional.to(ScalarType.Float64).abs().Plus(low.to(ScalarType.Float64).Times(lowWeight).abs()).Plus(high.to(ScalarType.Float64).Times(highWeight).abs());
                KernelAssert.AreClose(expected, actual, cat([terms, zeros_like(terms)]));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void FrequencyBlend_Guided_IsGuidanceOfTheBatch(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var shape in s_shapes)
        {
            using var scope = NewDisposeScope();
            var (conditional, low, high) = Inputs(dtype, device, shape);
            var (lowWeight, highWeight) = ((1 - 6) * 1.1, (1 - 6) * 0.9);
            var expected = FrequencyBlend.GuidedInTorch(conditional, low, high, lowWeight, highWeight);
            var actual = FrequencyBlend.LaunchGuided(launcher, conditional, low, high, lowWeight, highWeight);
            var terms = conditional.to(ScalarType.Float64).abs().Plus(low.Times(lowWeight).abs()).Plus(high.Times(highWeight).abs());
            KernelAssert.AreClose(expected, actual, terms);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Guidance_OfABatch_IsWhatTorchGives(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var shape in s_shapes)
        {
            foreach (var scale in new[] { 6, 1, 0, 1e30 })
            {
                using var scope = NewDisposeScope();
                var batch = KernelAssert.Values(4, dtype, device, [2 * shape[0], .. shape[1..]]);
                var halves = batch.to(ScalarType.Float64).chunk(2);
                var terms = halves[0].abs().Plus(halves[0].abs().Plus(halves[1].abs()).Times(scale));
                KernelAssert.AreClose(Guidance.InTorch(batch, scale), Guidance.Launch(launcher, batch, scale), terms);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void FrequencyBlend_OfAStridedOutput_TakesItsValues(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        using var scope = NewDisposeScope();
        var conditional = KernelAssert.Values(5, dtype, device, 3, 6, 4).transpose(1, 2);
        var (low, high) = (KernelAssert.Values(6, ScalarType.Float32, device, 3, 4, 6), KernelAssert.Values(7, ScalarType.Float32, device, 3, 4, 6));
        var expected = FrequencyBlend.LaunchBatch(launcher, conditional.contiguous(), low, high, 1.1, 0.9);
        KernelAssert.AreClose(expected, FrequencyBlend.LaunchBatch(launcher, conditional, low, high, 1.1, 0.9), zeros_like(expected));
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
        var batch = FrequencyBlend.Batch(conditional, low, high, 1.1, 0.9);
        var expected = conditional.to(ScalarType.Float32).Plus(low.Times(1.1)).Plus(high.Times(0.9)).to(dtype);
        Assert.AreEqual(dtype, batch.dtype);
        Assert.IsTrue(batch[..3].allclose(expected));
        Assert.IsTrue(batch[3..].equal(conditional).all().item<bool>());
    }

    private static (Tensor Conditional, Tensor Low, Tensor High) Inputs(ScalarType dtype, DeviceType device, long[] shape) => (
        KernelAssert.Values(1, dtype, device, shape),
        KernelAssert.Values(2, ScalarType.Float32, device, shape),
        KernelAssert.Values(3, ScalarType.Float32, device, shape));
}
