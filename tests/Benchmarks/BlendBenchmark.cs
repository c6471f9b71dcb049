using Afterimage.Kernels;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>The blend of a step that skips the unconditional half, beside one torch operation of as many operands.</summary>
public class BlendBenchmark
{
    private Tensor _conditional = null!, _low = null!, _high = null!;

    [GlobalSetup]
    public void Setup()
    {
        manual_seed(0);
        long[] shape = [1, 13, 16, 60, 90];
        (_conditional, _low, _high) = (randn(shape), randn(shape), randn(shape));
    }

    [Benchmark(Baseline = true, Description = "one addcmul")]
    public void Addcmul()
    {
        using var result = addcmul(_conditional, _low, _high, 1.1);
    }

    [Benchmark(Description = "blend, unconditional half alone")]
    public void Blend()
    {
        using var result = FrequencyBlend.Unconditional(_conditional, _low, _high, 1.1, 0.9);
    }

    [Benchmark(Description = "blend with concatenation")]
    public void BlendAndConcatenate()
    {
        using var unconditional = FrequencyBlend.Unconditional(_conditional, _low, _high, 1.1, 0.9);
        using var result = cat([unconditional, _conditional]);
    }

    [Benchmark(Description = "split of a full step")]
    public void Split()
    {
        var (low, high) = FrequencySplit.Apply(_conditional);
        low.Dispose();
        high.Dispose();
    }
}
