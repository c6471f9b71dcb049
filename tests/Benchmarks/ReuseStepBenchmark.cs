using Afterimage.Models;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>
/// A step that reuses all attention, beside the same step written by hand: no cache, no run, no statement that only the
/// attention needed.
/// </summary>
public class ReuseStepBenchmark
{
    private static readonly CogVideoXTransformer3DModelConfig Config = new()
    {
        NumAttentionHeads = 8,
        AttentionHeadDim = 64,
        NumLayers = 6,
        TextEmbedDim = 128,
        TimeEmbedDim = 128,
        MaxTextSeqLength = 48,
        SampleHeight = 32,
        SampleWidth = 48,
        SampleFrames = 9,
    };

    private CogVideoXTransformer3DModel _model = null!;
    private HandWrittenReuse _byHand = null!;
    private Tensor _latents = null!, _prompts = null!, _timesteps = null!;

    [GlobalSetup]
    public void Setup()
    {
        manual_seed(0);
        _model = CogVideoXTransformer3DModel.FromConfig(Config);
        _byHand = new HandWrittenReuse(Config, batch: 2, video: 1152, text: 48);
        _latents = randn([2, 3, 16, 32, 48]);
        _prompts = randn(2, 48, 128);
        _timesteps = TensorArithmetic.Full([2], 500.0);

        // All rows but the first reuse; far more rows than a benchmark asks for.
        _model.EnableCache(new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = int.MaxValue,
            SpatialAttentionTimestepSkipRange = (-1, 1000),
        });
        _model.BeginRun([.. Enumerable.Repeat(500.0, 100_000)]);
        Cached();
    }

    [Benchmark(Baseline = true, Description = "by hand")]
    public void ByHand()
    {
        using var noGradient = no_grad();
        using var result = _byHand.Forward(_latents, _prompts, _timesteps);
    }

    [Benchmark(Description = "cached run")]
    public void Cached()
    {
        using var result = _model.forward(_latents, _prompts, _timesteps, null, null, null);
    }
}
