using Afterimage.Models;
using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Afterimage.Benchmarks;

/// <summary>A step that skips all blocks, beside the same step written by hand, with the loop deleted.</summary>
public class StackStepBenchmark
{
    private CogVideoXTransformer3DModel _model = null!;
    private HandWrittenSkip _byHand = null!;
    private Tensor _latents = null!, _prompts = null!, _timesteps = null!;

    [GlobalSetup]
    public void Setup()
    {
        manual_seed(0);
        _model = CogVideoXTransformer3DModel.FromConfig(StepModel.Config);
        _byHand = new HandWrittenSkip(StepModel.Config, batch: 2, StepModel.Video);
        (_latents, _prompts, _timesteps) = StepModel.Inputs();

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
