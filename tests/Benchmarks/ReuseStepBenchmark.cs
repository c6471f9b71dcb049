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
    private CogVideoXTransformer3DModel _model = null!;
    private HandWrittenReuse _byHand = null!;
    private Tensor _latents = null!, _prompts = null!, _timesteps = null!;

    [GlobalSetup]
    public void Setup()
    {
        manual_seed(0);
        _model = CogVideoXTransformer3DModel.FromConfig(StepModel.Config);
        _byHand = new HandWrittenReuse(StepModel.Config, batch: 2, StepModel.Video, StepModel.Text);
        (_latents, _prompts, _timesteps) = StepModel.Inputs();

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
