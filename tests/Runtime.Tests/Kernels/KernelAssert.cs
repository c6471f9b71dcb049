using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Compares what a kernel computed with what torch operations did.</summary>
internal static class KernelAssert
{
    /// <summary>
    /// NaN where NaN is expected, the same infinities, and elsewhere a rounding of the dtype plus some of float32 at the size
    /// of the terms.
    /// </summary>
    /// <param name="expected">By torch operations.</param>
    /// <param name="actual">By a kernel.</param>
    /// <param name="terms">The sum of the magnitudes of what was added.</param>
    public static void AreClose(Tensor expected, Tensor actual, Tensor terms, string what = "")
    {
        using var scope = NewDisposeScope();
        Assert.AreEqual(expected.dtype, actual.dtype);
        Assert.AreSequenceEqual(expected.shape, actual.shape);
        var (e, a) = (expected.cpu().to(ScalarType.Float64), actual.cpu().to(ScalarType.Float64));
        Assert.IsTrue(e.isnan().equal(a.isnan()).all().item<bool>(), $"{what}: NaN stands elsewhere.\n{e}\n{a}");
        Assert.IsTrue(e.isinf().equal(a.isinf()).all().item<bool>(), $"Infinities stand elsewhere.\n{e}\n{a}");
        Assert.IsTrue(where(e.isinf(), e.sign().equal(a.sign()), ones_like(e).to(ScalarType.Bool)).all().item<bool>(), "An infinity has another sign.");

        // One unit of the last place; two of float16, which ILGPU's CPU accelerator cuts off where CUDA rounds.
        var rounding = expected.dtype switch { ScalarType.Float16 => Math.Pow(2, -9), ScalarType.BFloat16 => Math.Pow(2, -7), _ => 0 };
        var smallest = expected.dtype == ScalarType.Float16 ? Math.Pow(2, -24) : 0;
        var bound = e.abs().Times(rounding).Plus(terms.cpu().to(ScalarType.Float64).Times(8).Times(Math.Pow(2, -24))).Plus(smallest);
        var excess = where(e.isfinite(), (e - a).abs() - bound, zeros_like(e));
        Assert.IsTrue(excess.numel() == 0 || excess.max().item<double>() <= 0, $"{what} differs by more than rounding.\n{e}\n{a}");
    }

    /// <summary>Random numbers, and in between all that is special, of a dtype.</summary>
    public static Tensor Values(int seed, ScalarType dtype, DeviceType device, params long[] shape)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var values = randn(shape, ScalarType.Float32).flatten();
        float[] special = [0, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 6e4f, 1e-7f];
        for (var i = 0; i < special.Length && values.numel() > 0; i++)
            values[(seed * 13 + i * 5) % values.numel()] = special[i];
        return values.reshape(shape).to(dtype).to(device).MoveToOuterDisposeScope();
    }
}
