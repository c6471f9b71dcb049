using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests.Autoencoders;

[TestClass]
public sealed class PartialBlocksTests
{
    /// <summary>oneDNN gets numbers of channels that are no multiple of 16 wrong on some processors, and not at every call.</summary>
    [TestMethod]
    [DataRow(3, 4, false)]
    [DataRow(16, 3, true)]
    [DataRow(24, 20, true)]
    [DataRow(8, 8, false)]
    [DataRow(20, 16, false)]
    [DataRow(40, 32, true)]
    [DataRow(16, 32, true)]
    public void Forward_IntoAnyNumberOfChannels_IsThatOfDoublePrecision(int inputs, int outputs, bool isVideo)
    {
        random.manual_seed(3);
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 1e-5), (ScalarType.BFloat16, 1e-2) })
        {
            using var scope = NewDisposeScope();
            using var layer = isVideo
                ? new Convolution(inputs, outputs, [3, 3, 3], 1, 1, CPU, dtype)
                : new Convolution(inputs, outputs, [3, 3], 1, 1, CPU, dtype);
            var input = randn(isVideo ? [1, inputs, 4, 24, 24] : [1, inputs, 24, 24]).to(dtype).requires_grad_(dtype == ScalarType.Float32);
            var wide = input.detach().to(ScalarType.Float64).requires_grad_(true);
            var weights = layer.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.detach().to(ScalarType.Float64));
            var expected = isVideo
                ? nn.functional.conv3d(wide, weights["weight"], weights["bias"], padding: [0, 1, 1])
                : nn.functional.conv2d(wide, weights["weight"], weights["bias"], padding: [1, 1]);
            var actual = layer.call(input);
            Assert.IsTrue(actual.is_contiguous());
            IsNear(expected, actual, tolerance, $"{dtype}");
            if (dtype != ScalarType.Float32)
                continue;
            expected.Squared().sum().backward();
            actual.Squared().sum().backward();
            IsNear(wide.grad!, input.grad!, tolerance, "gradient");
        }
    }

    private static void IsNear(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        var error = (expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.IsLessThan(tolerance, error, what);
    }
}
