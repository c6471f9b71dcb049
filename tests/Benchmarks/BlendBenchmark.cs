using Afterimage.Kernels;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>The blend of a step that skips the unconditional half, beside one torch operation of as many operands.</summary>
public class BlendBenchmark
{
    private Tensor _conditional = null!, _low = null!, _high = null!, _batch = null!;

    [GlobalSetup]
    public void Setup()
    {
        manual_seed(0);
        long[] shape = [1, 13, 16, 60, 90];
        (_conditional, _low, _high) = (randn(shape), randn(shape), randn(shape));
        _batch = cat([_low, _high]);
    }

    [Benchmark(Baseline = true, Description = "one addcmul")]
    public void Addcmul()
    {
        using var result = _conditional.PlusProduct(_low, _high);
    }

    [Benchmark(Description = "blend with guidance")]
    public void Guided()
    {
        using var result = FrequencyBlend.Guided(_conditional, _low, _high, 1.1, 0.9, scale: 6);
    }

    [Benchmark(Description = "blend into a batch")]
    public void Batch()
    {
        using var result = FrequencyBlend.Batch(_conditional, _low, _high, 1.1, 0.9);
    }

    [Benchmark(Description = "split of a full step")]
    public void Split()
    {
        var (low, high) = FrequencySplit.Of(_batch);
        low.Dispose();
        high.Dispose();
    }
}
