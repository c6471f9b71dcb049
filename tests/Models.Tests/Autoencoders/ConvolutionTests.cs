using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models.Tests.Autoencoders;

[TestClass]
public sealed class ConvolutionTests
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
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 1e-5), (ScalarType.BFloat16, 1e-2), (ScalarType.Float16, 1e-3) })
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

    [TestMethod]
    [DataRow(3, 3, 1, 0)]
    [DataRow(3, 1, 2, 0)]
    [DataRow(2, 3, 1, 0)]
    [DataRow(3, 1, 1, 1)]
    [DataRow(1, 3, 1, 0)]
    public void Forward_OverFrames_IsThatOfDoublePrecision(int frames, int size, int stride, int padding)
    {
        using var noGradients = no_grad();
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 1e-5), (ScalarType.BFloat16, 1e-2), (ScalarType.Float16, 1e-3) })
        {
            using var layer = new Convolution(16, 8, [frames, size, size], [stride, 1, 1], [padding, size / 2, size / 2], CPU, dtype);
            var before = LiveTensors.CountAtStart();
            using (NewDisposeScope())
            {
                // Of a single sample, of two, and of one that oneDNN takes as it is.
                foreach (var shape in new long[][] { [1, 16, 7, 12, 20], [2, 16, 7, 12, 20], [1, 16, 7, 190, 2] })
                {
                    var input = randn(shape).to(dtype);
                    var weights = layer.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.to(ScalarType.Float64));
                    var expected = nn.functional.conv3d(
                        input.to(ScalarType.Float64), weights["weight"], weights["bias"], strides: [stride, 1, 1], padding: [padding, size / 2, size / 2]);
                    IsNear(expected, layer.call(input), tolerance, $"{dtype} [{string.Join(", ", shape)}]");
                }
            }
            Assert.AreEqual(before, Tensor.TotalCount);
        }
    }

    private static void IsNear(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        var error = (expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.IsLessThan(tolerance, error, what);
    }
}
