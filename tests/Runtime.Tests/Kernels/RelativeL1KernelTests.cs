using Afterimage.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public sealed class RelativeL1KernelTests
{
    private static IEnumerable<(DeviceType, ScalarType)> Places => Accelerators.WithDtypes;

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_OfTwoTensors_IsWhatTorchGives(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        foreach (var length in new long[] { 1, 3, 4, 5, 31, 64, 1001 })
        {
            using var scope = NewDisposeScope();
            manual_seed(8);
            var (value, reference) = (randn(length).to(dtype).to(device), randn(length).to(dtype).to(device));
            var expected = RelativeL1.InTorch(value, reference).item<float>();
            var distance = RelativeL1.Launch(launcher, value, reference);
            Assert.AreEqual(device, distance.device_type);
            Assert.AreEqual(0, distance.dim());
            Assert.AreEqual(expected, distance.item<float>(), expected * 1e-5);
            Assert.AreEqual(distance.item<float>(), RelativeL1.Launch(launcher, value, reference).item<float>(), "The sum does not repeat.");
            Assert.AreEqual(0f, RelativeL1.Launch(launcher, value, value).item<float>());
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_OfWhatIsNotFinite_PassesItThrough(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        using var scope = NewDisposeScope();
        foreach (var (value, reference) in new[] { (float.NaN, 1f), (1f, float.NaN), (float.PositiveInfinity, 1f), (1f, float.PositiveInfinity), (1f, 0f), (0f, 0f) })
        {
            var (left, right) = (TensorArithmetic.Full([9], value).to(dtype).to(device), TensorArithmetic.Full([9], reference).to(dtype).to(device));
            Assert.AreEqual(RelativeL1.InTorch(left, right).item<float>(), RelativeL1.Launch(launcher, left, right).item<float>());
        }
        var none = zeros([0], dtype).to(device);
        Assert.IsTrue(float.IsNaN(RelativeL1.Launch(launcher, none, none).item<float>()));
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_AtAnAddressThatVectorsCannotTake_IsTheSame(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        using var scope = NewDisposeScope();
        manual_seed(9);
        var (value, reference) = (randn(80).to(dtype).to(device)[1..], randn(80).to(dtype).to(device)[1..]);
        var expected = RelativeL1.InTorch(value, reference).item<float>();
        Assert.AreEqual(expected, RelativeL1.Launch(launcher, value, reference).item<float>(), expected * 1e-5);
    }

    [TestMethod]
    public void Between_TensorsOfOtherShapes_IsRefused()
    {
        using var scope = NewDisposeScope();
        var error = Assert.ThrowsExactly<ArgumentException>(() => RelativeL1.Between(ones(2), ones(3)));
        Assert.Contains("[2]", error.Message);
    }
}
