using Afterimage.Execution;
using Afterimage.Models;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>What it costs to choose the variants of a whole forward, per block.</summary>
public class VariantSwitchBenchmark
{
    private const int Blocks = 100;

    private readonly ICachedBlock[] _blocks = new ICachedBlock[Blocks];
    private readonly SiteSlot[] _slots = [new NoSlot(), new NoSlot(), new NoSlot()];
    private int _variant;

    [GlobalSetup]
    public void Setup()
    {
        var config = new CogVideoXTransformer3DModelConfig();
        for (var i = 0; i < Blocks; i++)
            _blocks[i] = new CogVideoXBlock(config, META);
    }

    [Benchmark(OperationsPerInvoke = Blocks)]
    public void Switch()
    {
        _variant ^= 1;
        foreach (var block in _blocks)
            block.Select(_variant, _slots);
        foreach (var block in _blocks)
            block.Deselect();
    }

    private sealed class NoSlot : SiteSlot
    {
        public override void Keep(int tensor, Tensor value) => throw new InvalidOperationException();

        public override Tensor Take(int tensor) => throw new InvalidOperationException();
    }
}
