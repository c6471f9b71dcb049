using Afterimage.Tests;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Products;

[TestClass]
public sealed class LinearLayerTests
{
    private static readonly long[][] s_inputs = [[3, 24], [1, 24], [2, 5, 24], [2, 3, 4, 24]];

    [TestMethod]
    [DataRow(LinearActivation.None)]
    [DataRow(LinearActivation.Gelu)]
    [DataRow(LinearActivation.GeluTanh)]
    [DataRow(LinearActivation.Silu)]
    public void Linear_ByOneDnn_IsTorchs(LinearActivation activation)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 2e-6), (ScalarType.BFloat16, 2e-2) })
        {
            // oneDNN has no products in bfloat16 on processors without AVX-512, where it is never asked for them.
            if (dtype == ScalarType.BFloat16 && !System.Runtime.Intrinsics.X86.Avx512BW.IsSupported)
                continue;
            foreach (var shape in s_inputs)
            {
                foreach (var hasBias in new[] { true, false })
                {
                    var input = Random(shape, dtype);
                    var weight = Random([40, 24], dtype);
                    var bias = hasBias ? Random([40], dtype) : null;
                    var expected = Activate(nn.functional.linear(input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias?.to(ScalarType.Float64)), activation);
                    AreClose(expected, OneDnn.Linear(input, weight, bias, activation), dtype, tolerance, $"{dtype} [{string.Join(", ", shape)}] {hasBias}");
                }
            }
        }
    }

    [TestMethod]
    public void Linear_OfStridedTensors_IsTorchs()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var input = Random([24, 7], ScalarType.Float32).t();
        var weight = Random([80, 24], ScalarType.Float32)[TensorIndex.Slice(step: 2)];
        AreClose(nn.functional.linear(input, weight).to(ScalarType.Float64), OneDnn.Linear(input, weight, null, LinearActivation.None), ScalarType.Float32, 2e-6, "");
    }

    [TestMethod]
    [DataRow(LinearActivation.None)]
    [DataRow(LinearActivation.Gelu)]
    [DataRow(LinearActivation.GeluTanh)]
    [DataRow(LinearActivation.Silu)]
    public void Forward_WithGradientsAndWithout_IsTheSameAndHasThem(LinearActivation activation)
    {
        using var scope = NewDisposeScope();
        using var layer = Layer(activation);
        var input = Random([3, 24], ScalarType.Float32);
        var trained = layer.call(input);
        trained.sum().backward();
        Assert.IsNotNull(layer.Weight.grad);
        Assert.IsNotNull(layer.Bias!.grad);
        using var noGradients = no_grad();
        AreClose(trained.to(ScalarType.Float64), layer.call(input), ScalarType.Float32, 2e-6, "");
    }

    [TestMethod]
    [DataRow(ScalarType.BFloat16, 8e-3)]
    [DataRow(ScalarType.Float16, 1e-3)]
    public void Forward_OfHalfTypes_IsTorchsRoundedOnce(ScalarType dtype, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (var rows in new[] { 3, 31, 32, 100 })
        {
            using var layer = Layer(LinearActivation.Silu);
            layer.to(dtype);
            var input = Random([2, rows, 24], dtype);
            var projected = nn.functional.linear(input.to(ScalarType.Float64), layer.Weight.to(ScalarType.Float64), layer.Bias!.to(ScalarType.Float64));
            AreClose(Activate(projected, LinearActivation.Silu), layer.call(input), dtype, tolerance, $"{rows} rows");
        }
    }

    [TestMethod]
    public void Forward_OfAnotherWidthOrType_ThrowsAsTorchDoes()
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using var layer = Layer(LinearActivation.None);
        Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(() => layer.call(Random([3, 23], ScalarType.Float32)));
        Assert.ThrowsExactly<System.Runtime.InteropServices.ExternalException>(() => layer.call(Random([3, 24], ScalarType.Float64)));
        Assert.AreSequenceEqual([0L, 40L], layer.call(empty(0, 24)).shape);
        Assert.AreSequenceEqual([3L, 40L], layer.to(DeviceType.META).call(empty(3, 24, device: META)).shape);
    }

    [TestMethod]
    public void Forward_Anywhere_LeavesItsResultAlone()
    {
        using var layer = Layer(LinearActivation.GeluTanh);
        using var input = Random([3, 24], ScalarType.Float32);
        foreach (var gradients in new[] { true, false })
        {
            using var mode = set_grad_enabled(gradients);
            var before = LiveTensors.CountAtStart();
            layer.call(input).Dispose();
            Assert.AreEqual(before, Tensor.TotalCount);
        }
    }

    [TestMethod]
    public void StateDict_HasTorchsNames()
    {
        using var layer = Layer(LinearActivation.None);
        Assert.AreSequenceEqual(["bias", "weight"], layer.state_dict().Keys.Order());
        Assert.AreEqual((24L, 40L), (layer.InFeatures, layer.OutFeatures));
    }

    private static LinearLayer Layer(LinearActivation activation) =>
        new(nn.Parameter(Random([40, 24], ScalarType.Float32)), nn.Parameter(Random([40], ScalarType.Float32)), activation);

    private static Tensor Random(long[] shape, ScalarType dtype)
    {
        using var generator = new Generator(7);
        using var normal = randn(shape, generator: generator);
        return normal.to(dtype, copy: true);
    }

    private static Tensor Activate(Tensor projected, LinearActivation activation) => activation switch
    {
        LinearActivation.Gelu => nn.functional.gelu(projected),
        LinearActivation.GeluTanh => nn.functional.gelu(projected, GELU.Approximate.tanh),
        LinearActivation.Silu => nn.functional.silu(projected),
        _ => projected,
    };

    private static void AreClose(Tensor expected, Tensor actual, ScalarType dtype, double tolerance, string what)
    {
        Assert.AreEqual(dtype, actual.dtype);
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        var error = (expected - actual.to(ScalarType.Float64)).abs().max().item<double>() / expected.abs().max().item<double>();
        Assert.IsLessThan(tolerance, error, what);
    }
}
