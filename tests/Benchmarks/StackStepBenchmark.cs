using Afterimage.Models;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>A step that skips all blocks, beside the same step written by hand, with the loop deleted.</summary>
public class StackStepBenchmark
{
    private static readonly CogVideoXTransformer3DModelConfig s_config = new()
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
    private HandWrittenSkip _byHand = null!;
    private Tensor _latents = null!, _prompts = null!, _timesteps = null!;

    [GlobalSetup]
    public void Setup()
    {
        manual_seed(0);
        _model = CogVideoXTransformer3DModel.FromConfig(s_config);
        _byHand = new HandWrittenSkip(s_config, batch: 2, video: 1152);
        _latents = randn([2, 3, 16, 32, 48]);
        _prompts = randn(2, 48, 128);
        _timesteps = TensorArithmetic.Full([2], 500.0);

        // All rows but the first skip; far more rows than a benchmark asks for.
        _model.EnableCache(new StepMaskConfig { Mask = StepMaskConfig.MaskOf(100_000, 0) });
        _model.BeginRun([.. Enumerable.Repeat(500.0, 100_000)]);
        Cached();
    }

    [Benchmark(Baseline = true, Description = "by hand")]
    public void ByHand()
    {
        using var noGradient = no_grad();
        using var result = _byHand.Forward(_latents, _timesteps);
    }

    [Benchmark(Description = "cached run")]
    public void Cached()
    {
        using var result = _model.forward(_latents, _prompts, _timesteps, null, null, null);
    }
}
