using Afterimage.Kernels;
using Afterimage.Kernels.Launch;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

[TestClass]
public sealed class CombineKernelTests
{
    private const int MostTerms = 9;

    private static readonly long[] s_lengths = [0, 1, 3, 4, 7, 64, 203, 320];

    private static readonly double[][] s_weights =
    [
        [1.3, -0.3], [1, 0], [1e30, 1 - 1e30], [2, 0.5], [0.7], [0, 0], [0.5, 0.25, -1], [1, 1e30, -1e30], [1, -1, 2, 0.125], [1, -2, 3, -4, 5, -6],
    ];

    private static readonly KernelFamily[] s_byHand =
    [
        .. Enumerable.Range(1, 4).Select(terms => new KernelFamily($"by-hand{terms}", typeof(CombineByHand), $"Combine{terms}")),
    ];

    private static IEnumerable<(DeviceType, ScalarType)> Places => Accelerators.WithDtypes;

    private static IEnumerable<ScalarType> Dtypes => [ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16];

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_AnyHistory_IsWhatTorchGives(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        using var tables = new WeightTables();
        foreach (var weights in s_weights)
        {
            foreach (var length in s_lengths)
            {
                using var scope = NewDisposeScope();
                Tensor[] history = [.. weights.Select((_, age) => KernelAssert.Values(age, dtype, device, length))];
                using var expected = RingOf(history, newest: history.Length / 2);
                using var actual = RingOf(history, newest: history.Length / 2);
                var oldest = expected.PlaceOf(history.Length / 2, history.Length - 1);
                Combine.InTorch(expected[oldest], expected, history.Length / 2, weights);
                Combine.Launch(launcher, actual[oldest], actual, history.Length / 2, weights, tables);
                KernelAssert.AreClose(expected[oldest], actual[oldest], Terms(history, weights), $"{string.Join(", ", weights)}: {length}");
                for (var age = 0; age < history.Length - 1; age++)
                    KernelAssert.AreClose(history[age], actual[actual.PlaceOf(history.Length / 2, age)], zeros(length));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Places))]
    public void Launch_OneToNineTerms_IsTheirSumInFloat64(DeviceType device, ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(device);
        using var tables = new WeightTables();
        for (var terms = 1; terms <= MostTerms; terms++)
        {
            foreach (var length in s_lengths)
            {
                using var scope = NewDisposeScope();
                var (history, weights) = Random(terms, dtype, device, length);
                var expected = history.Zip(weights, (value, weight) => value.to(ScalarType.Float64).Times(weight)).Aggregate((a, b) => a.Plus(b)).to(dtype);
                // Also where more values are kept than are read.
                foreach (var spare in new[] { 0, 2 })
                {
                    using var ring = RingOf(history, newest: terms - 1, spare);
                    var target = spare == 0 ? empty_like(expected) : ring[ring.PlaceOf(terms - 1, age: -1)];
                    Combine.Launch(launcher, target, ring, terms - 1, weights, tables);
                    KernelAssert.AreClose(expected, target, Terms(history, weights), $"{terms} terms of {length}, {spare} more kept");
                    for (var age = 0; age < terms; age++)
                        Assert.IsTrue(history[age].equal(ring[ring.PlaceOf(terms - 1, age)]).all().item<bool>(), $"value {age} of {terms} was written to");
                }
            }
        }
    }

    /// <summary>On the CPU only: the driver's compiler may join a product with a sum, here or there.</summary>
    [TestMethod]
    [DynamicData(nameof(Dtypes))]
    public void Launch_OneToFourTerms_IsBitForBitTheSumWrittenOut(ScalarType dtype)
    {
        var launcher = Accelerators.Launcher(DeviceType.CPU);
        using var tables = new WeightTables();
        for (var terms = 1; terms <= s_byHand.Length; terms++)
        {
            foreach (var length in s_lengths)
            {
                using var scope = NewDisposeScope();
                var (history, weights) = Random(terms, dtype, DeviceType.CPU, length);
                using var ring = RingOf(history, newest: 0);
                var target = ring[ring.PlaceOf(0, terms - 1)];
                Combine.Launch(launcher, target, ring, 0, weights, tables);
                launcher.LaunchElements(
                    s_byHand[terms - 1].For(dtype)!, length, [.. history.Select(KernelArgument.View), .. weights.Select(weight => (KernelArgument)weight)]);
                Assert.AreSequenceEqual(history[^1].bytes.ToArray(), target.bytes.ToArray(), $"{terms} terms of {length}");
            }
        }
    }

    [TestMethod]
    [DataRow(ScalarType.Float32, 1e-6)]
    [DataRow(ScalarType.Float64, 1e-12)]
    [DataRow(ScalarType.Float16, 5e-3)]
    [DataRow(ScalarType.BFloat16, 4e-2)]
    public void Into_AnyNumberOfResults_IsTheSum(ScalarType dtype, double tolerance)
    {
        using var tables = new WeightTables();
        foreach (var weights in new double[][] { [0.5], [1.3, -0.3], [2, 0.5], [0.5, 0.25, -1], [1, -1, 2, 0.125], [1, 1, 1, 1, 1], [1, -1, 0.5, -0.5, 1, -1, 0.5, -0.5, 1] })
        {
            using var scope = NewDisposeScope();
            manual_seed(3);
            Tensor[] history = [.. weights.Select(_ => randn(7, 5).to(dtype))];
            var expected = history.Zip(weights, (each, weight) => each.to(ScalarType.Float64).Times(weight)).Aggregate((a, b) => a.Plus(b));
            using var ring = RingOf(history, newest: weights.Length / 2);
            // Another tensor first, then over the oldest.
            foreach (var target in new[] { empty_like(history[0]), ring[ring.PlaceOf(weights.Length / 2, weights.Length - 1)] })
            {
                Combine.Into(target, ring, weights.Length / 2, weights, tables);
                var error = (target.to(ScalarType.Float64) - expected).abs().max().item<double>();
                Assert.IsLessThanOrEqualTo(tolerance, error);
            }
        }
    }

    [TestMethod]
    public void Into_OtherNumberOfWeights_IsRefused()
    {
        using var tables = new WeightTables();
        using var ring = new Ring(1, [2], ScalarType.Float32, CPU);
        foreach (var weights in new double[][] { [], [1, 2] })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(() => Combine.Into(ring[0], ring, 0, weights, tables));
            Assert.Contains($"1 to 1 kept results, got {weights.Length}", error.Message);
        }
    }

    [TestMethod]
    public void Launch_OfTensorsOfDifferentSizes_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var tables = new WeightTables();
        using var ring = new Ring(2, [4], ScalarType.Float32, CPU);
        foreach (var weights in new double[][] { [2, -1], [2, 1] })
        {
            var error = Assert.ThrowsExactly<ArgumentException>(
                () => Combine.Launch(Accelerators.Launcher(DeviceType.CPU), ones(8), ring, 0, weights, tables));
            Assert.Contains("8 elements", error.Message);
            Assert.Contains("got 4", error.Message);
        }
    }

    [TestMethod]
    public void Launch_IntoAStridedTensor_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var tables = new WeightTables();
        using var ring = new Ring(2, [6, 4], ScalarType.Float32, CPU);
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => Combine.Launch(Accelerators.Launcher(DeviceType.CPU), ones(4, 6).t(), ring, 0, [1, 2], tables));
        Assert.Contains("contiguous", error.Message);
        Assert.Contains("[6, 4] with strides [1, 6]", error.Message);
    }

    [TestMethod]
    public void Tables_OfASetThatComesAgain_AreTheSameUntilTheyAreTooMany()
    {
        var live = LiveTensors.CountAtStart();
        using (var tables = new WeightTables())
        {
            var first = tables.On(CPU, [1, 2, 3]);
            Assert.AreSequenceEqual([3f, 1f, 2f], first.data<float>().ToArray());
            Assert.AreSame(first, tables.On(CPU, [1, 2, 3]));
            Assert.AreNotSame(first, tables.On(CPU, [1, 2]));
            for (var i = 0; i < 200; i++)
                Assert.AreEqual(i, tables.On(CPU, [i]).data<float>()[0]);
            Assert.IsLessThanOrEqualTo(64L, Tensor.TotalCount - live);
        }
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    /// <summary>A ring of values, given from the newest on.</summary>
    private static Ring RingOf(IReadOnlyList<Tensor> history, int newest, int spare = 0)
    {
        var ring = new Ring(history.Count + spare, history[0].shape, history[0].dtype, history[0].device);
        for (var age = 0; age < history.Count; age++)
            ring[ring.PlaceOf(newest, age)].copy_(history[age]);
        return ring;
    }

    private static (Tensor[] History, double[] Weights) Random(int terms, ScalarType dtype, DeviceType device, long length)
    {
        manual_seed(terms);
        return ([.. Enumerable.Range(0, terms).Select(_ => randn(length).to(dtype).to(device))], [.. Enumerable.Range(0, terms).Select(term => Math.Sin(term + 1) * 2)]);
    }

    private static Tensor Terms(IEnumerable<Tensor> history, double[] weights) =>
        history.Zip(weights, (value, weight) => value.to(ScalarType.Float64).Times(weight).abs()).Aggregate((a, b) => a.Plus(b));
}
