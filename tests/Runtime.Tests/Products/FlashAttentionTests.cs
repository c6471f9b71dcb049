using System.Runtime.Intrinsics.X86;
using Afterimage.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Products;

[TestClass]
public sealed class FlashAttentionTests
{
    [TestInitialize]
    public void NeedsAvx512()
    {
        if (!Avx512BW.IsSupported || !OpenMp.IsAvailable)
            Assert.Inconclusive("This processor has no AVX-512, or libtorch has no GOMP_parallel here.");
    }

    [TestMethod]
    [DataRow(1, 1, 1, 1, 64)]
    [DataRow(2, 3, 47, 64, 64)]
    [DataRow(1, 2, 49, 65, 128)]
    [DataRow(1, 1, 6, 257, 192)]
    [DataRow(2, 1, 130, 600, 64)]
    [DataRow(1, 1, 100, 31, 256)]
    public void Attend_OfAnySize_IsTorchs(int batch, int heads, int queries, int keys, int channels)
    {
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 4e-6), (ScalarType.BFloat16, 2e-2) })
        {
            using var scope = NewDisposeScope();
            var (q, k, v) = (Random(1, batch, queries, heads, channels, dtype), Random(2, batch, keys, heads, channels, dtype), Random(3, batch, keys, heads, channels, dtype));
            var expected = nn.functional.scaled_dot_product_attention(q.to(ScalarType.Float64), k.to(ScalarType.Float64), v.to(ScalarType.Float64));
            var actual = FlashAttention.Attend(q, k, v);
            Assert.AreEqual(dtype, actual.dtype);
            Assert.AreSequenceEqual(expected.shape, actual.shape);
            Assert.IsLessThan(tolerance, (expected - actual.to(ScalarType.Float64)).abs().max().item<double>(), dtype.ToString());
        }
    }

    [TestMethod]
    public void Attend_WithScoresThatRiseAndFall_StaysExact()
    {
        using var scope = NewDisposeScope();
        // The largest score comes early for some queries, late for others, and all others are smaller by more than float32 can add.
        var (q, k, v) = (Random(1, 1, 50, 1, 64, ScalarType.Float32).Times(40), Random(2, 1, 700, 1, 64, ScalarType.Float32), Random(3, 1, 700, 1, 64, ScalarType.Float32));
        var expected = nn.functional.scaled_dot_product_attention(q.to(ScalarType.Float64), k.to(ScalarType.Float64), v.to(ScalarType.Float64));
        Assert.IsLessThan(2e-4, (expected - FlashAttention.Attend(q, k, v).to(ScalarType.Float64)).abs().max().item<double>());
    }

    [TestMethod]
    public void Attend_OfTensorsThatLieInAnotherOrder_IsTheSame()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random(1, 2, 50, 3, 64, ScalarType.Float32), Random(2, 2, 70, 3, 64, ScalarType.Float32), Random(3, 2, 70, 3, 64, ScalarType.Float32));
        var expected = FlashAttention.Attend(q, k, v);
        var joined = cat([k, v], dim: -1).chunk(2, dim: -1); // rows twice as far apart, and the second does not begin at its storage
        Assert.IsTrue(expected.Equals(FlashAttention.Attend(q.contiguous(), joined[0], joined[1])));
    }

    [TestMethod]
    public void Attend_ByAnyNumberOfThreads_IsTheSame()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random(1, 1, 300, 1, 64, ScalarType.Float32), Random(2, 1, 300, 1, 64, ScalarType.Float32), Random(3, 1, 300, 1, 64, ScalarType.Float32));
        var expected = FlashAttention.Attend(q, k, v);
        var threads = get_num_threads();
        try
        {
            set_num_threads(3);
            for (var round = 0; round < 5; round++)
                Assert.IsTrue(expected.Equals(FlashAttention.Attend(q, k, v)));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    public void Attend_WithOneScoreThatIsNoNumber_SpoilsItsQueryAlone(double bad)
    {
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 })
        {
            using var scope = NewDisposeScope();
            var (q, k, v) = (Random(1, 1, 9, 1, 64, dtype), Random(2, 1, 40, 1, 64, dtype), Random(3, 1, 40, 1, 64, dtype));
            q[0, 0, 4].Times_(bad);
            var spoiled = FlashAttention.Attend(q, k, v).isnan().any(-1)[0, 0];
            Assert.IsTrue(spoiled.Equals(tensor(Enumerable.Range(0, 9).Select(row => row == 4).ToArray())), $"{dtype}: {spoiled}");
        }
    }

    [TestMethod]
    public void Takes_WhatIsNotKnownHere_IsTorchs()
    {
        using var scope = NewDisposeScope();
        var q = Random(1, 1, 9, 2, 64, ScalarType.Float32);
        Assert.AreEqual(Processor.OutrunsMkl, FlashAttention.Takes(q, q, q, null));
        Assert.IsFalse(FlashAttention.Takes(q, q, q, ones(9, 9)), "mask");
        Assert.IsFalse(FlashAttention.Takes(q, q.to(ScalarType.BFloat16), q, null), "types");
        Assert.IsFalse(FlashAttention.Takes(q[0], q[0], q[0], null), "dimensions");
        Assert.IsFalse(FlashAttention.Takes(q, q, q.narrow(3, 0, 32), null), "widths");
        Assert.IsFalse(FlashAttention.Takes(q.narrow(3, 0, 32), q.narrow(3, 0, 32), q.narrow(3, 0, 32), null), "32 channels");
        Assert.IsFalse(FlashAttention.Takes(q, q.narrow(2, 0, 0), q.narrow(2, 0, 0), null), "no keys");
        Assert.IsFalse(FlashAttention.Takes(q.to(ScalarType.Float64), q.to(ScalarType.Float64), q.to(ScalarType.Float64), null), "float64");
        Assert.IsFalse(FlashAttention.Takes(q.transpose(2, 3), q.transpose(2, 3), q.transpose(2, 3), null), "channels apart");
        Assert.IsFalse(FlashAttention.Takes(q.detach().requires_grad_(true), q, q, null), "gradients");
    }

    [TestMethod]
    public void Attend_Always_LeavesItsResultAlone()
    {
        using var q = Random(1, 2, 9, 2, 64, ScalarType.Float32);
        var before = LiveTensors.CountAtStart();
        FlashAttention.Attend(q, q, q).Dispose();
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void For_OfABodyThatThrows_ThrowsItOnAndGoesOnAfterwards()
    {
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => OpenMp.For(4, index => throw new InvalidOperationException("of the body")));
        Assert.AreEqual("of the body", exception.Message);
        var sum = 0;
        OpenMp.For(100, index => Interlocked.Add(ref sum, index));
        Assert.AreEqual(4950, sum);
    }

    /// <summary>[batch, heads, rows, channels], a view of [batch, rows, heads, channels] as models have it.</summary>
    private static Tensor Random(int seed, long batch, long rows, long heads, long channels, ScalarType dtype)
    {
        using var generator = new Generator((ulong)seed);
        using var normal = randn([batch, rows, heads, channels], generator: generator);
        using var typed = normal.to(dtype, copy: true);
        return typed.transpose(1, 2);
    }
}
