using Afterimage.Kernels;
using Afterimage.Kernels.Launch;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Every operation that has kernels, launched and in torch, on the same values.</summary>
internal static class KernelTwins
{
    private const int MostTerms = 9;

    private static readonly Dictionary<string, Action<KernelLauncher, TwinCase>> s_byKernel = new()
    {
        ["combine"] = Combinations,
        ["extrapolate"] = Extrapolation,
        ["blend"] = Blend,
        ["blend-guided"] = GuidedBlend,
        ["guide"] = Guide,
        ["difference"] = Split,
        ["rest"] = Split,
        ["low-pass"] = Split,
        ["relative-l1-sums"] = Distance,
        ["relative-l1-quotient"] = Distance,
    };

    /// <summary>Runs the operation that launches a kernel, and compares.</summary>
    /// <param name="kernel">Its name, which begins with what it does and, where there are several, its dtype.</param>
    /// <param name="launcher">What launches.</param>
    /// <param name="lengths">Of the tensors.</param>
    public static void Compare(string kernel, KernelLauncher launcher, params ReadOnlySpan<long> lengths) =>
        Compare(kernel, launcher, [true, false], lengths);

    /// <summary>As the other, only on values whose results are the same whatever the order of sums.</summary>
    public static void CompareExactly(string kernel, KernelLauncher launcher, params ReadOnlySpan<long> lengths) =>
        Compare(kernel, launcher, [true], lengths);

    private static void Compare(string kernel, KernelLauncher launcher, bool[] exactness, ReadOnlySpan<long> lengths)
    {
        var parts = kernel.Split('.');
        if (!s_byKernel.TryGetValue(parts[0], out var operation))
            Assert.Fail($"No operation here launches the kernel '{kernel}'.");
        var dtype = parts.Length > 1 ? Enum.Parse<ScalarType>(parts[1], ignoreCase: true) : ScalarType.Float32;
        foreach (var length in lengths)
        {
            foreach (var isExact in exactness)
            {
                foreach (var isShifted in new[] { false, true })
                {
                    using var scope = NewDisposeScope();
                    operation(launcher, new TwinCase(dtype, length, isShifted, isExact));
                }
            }
        }
    }

    private static void Combinations(KernelLauncher launcher, TwinCase on)
    {
        for (var terms = 1; terms <= MostTerms; terms++)
            Combined(launcher, on, on.Weights(terms), kept: terms + terms % 3, newest: terms / 2);
    }

    /// <summary>Of two weights whose sum is 1.</summary>
    private static void Extrapolation(KernelLauncher launcher, TwinCase on)
    {
        var weight = on.Weights(2)[1];
        Combined(launcher, on, [1 - weight, weight], kept: 2, newest: 0);
    }

    private static void Combined(KernelLauncher launcher, TwinCase on, double[] weights, int kept, int newest)
    {
        using var tables = new WeightTables();
        using var ring = new Ring(kept, [on.Length], on.Dtype, CPU);
        var terms = zeros(on.Length, ScalarType.Float64);
        for (var age = 0; age < kept; age++)
        {
            var value = ring[ring.PlaceOf(newest, age)].copy_(on.Values(age, on.Dtype, on.Length));
            if (age < weights.Length)
                terms.Plus_(value.to(ScalarType.Float64).Times(weights[age]).abs());
        }
        var expected = on.Empty(on.Dtype, on.Length);
        Combine.InTorch(expected, ring, newest, weights);
        // Into another tensor first, then over the oldest.
        foreach (var actual in new[] { on.Empty(on.Dtype, on.Length), ring[ring.PlaceOf(newest, weights.Length - 1)] })
        {
            Combine.Launch(launcher, actual, ring, newest, weights, tables);
            on.AreAlike(expected, actual, terms);
        }
    }

    private static void Blend(KernelLauncher launcher, TwinCase on)
    {
        var (conditional, low, high, weights, terms) = Blended(on);
        var expected = cat([FrequencyBlend.UnconditionalInTorch(conditional, low, high, weights[0], weights[1]), conditional]);
        on.AreAlike(expected, FrequencyBlend.LaunchBatch(launcher, conditional, low, high, weights[0], weights[1]), cat([terms, zeros_like(terms)]));
    }

    private static void GuidedBlend(KernelLauncher launcher, TwinCase on)
    {
        var (conditional, low, high, weights, terms) = Blended(on);
        var expected = FrequencyBlend.GuidedInTorch(conditional, low, high, weights[0], weights[1]);
        on.AreAlike(expected, FrequencyBlend.LaunchGuided(launcher, conditional, low, high, weights[0], weights[1]), terms);
    }

    private static (Tensor Conditional, Tensor Low, Tensor High, double[] Weights, Tensor Terms) Blended(TwinCase on)
    {
        var conditional = on.Values(1, on.Dtype, 1, on.Length);
        var (low, high) = (on.Values(2, ScalarType.Float32, 1, on.Length), on.Values(3, ScalarType.Float32, 1, on.Length));
        var weights = on.Weights(2);
        var terms = conditional.to(ScalarType.Float64).abs().Plus(low.Times(weights[0]).abs()).Plus(high.Times(weights[1]).abs());
        return (conditional, low, high, weights, terms);
    }

    private static void Guide(KernelLauncher launcher, TwinCase on)
    {
        const double Scale = 4;
        var batch = on.Values(4, on.Dtype, 2, on.Length);
        var halves = batch.to(ScalarType.Float64).chunk(2);
        var terms = halves[0].abs().Plus(halves[0].abs().Plus(halves[1].abs()).Times(Scale));
        on.AreAlike(Guidance.InTorch(batch, Scale), Guidance.Launch(launcher, batch, Scale), terms);
    }

    /// <summary>Within rounding in any case, since transforms stand in between.</summary>
    private static void Split(KernelLauncher launcher, TwinCase on)
    {
        var height = (int)Math.Sqrt(on.Length);
        while (on.Length % height != 0)
            height--;
        var batch = on.Numbers(5, on.Dtype, 2, height, on.Length / height);
        var (expectedLow, expectedHigh) = FrequencySplit.InTorch(batch);
        var (low, high) = FrequencySplit.Launch(launcher, batch);
        var terms = batch.to(ScalarType.Float32).abs().max().expand(low.shape).Times(2);
        KernelAssert.AreClose(expectedLow, low, terms, $"{on}");
        KernelAssert.AreClose(expectedHigh, high, terms, $"{on}");
    }

    private static void Distance(KernelLauncher launcher, TwinCase on)
    {
        var (value, reference) = (on.Numbers(6, on.Dtype, on.Length), on.Numbers(7, on.Dtype, on.Length));
        var expected = RelativeL1.InTorch(value, reference);
        // Of sums of so many.
        on.AreAlike(expected, RelativeL1.Launch(launcher, value, reference), expected.Times(20));
    }
}
