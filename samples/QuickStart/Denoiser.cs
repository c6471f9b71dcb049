using System.Diagnostics;
using Afterimage;
using Afterimage.Models;
using static TorchSharp.torch;

namespace QuickStart;

/// <summary>Denoises random latents with classifier-free guidance, as CogVideoX's pipeline does.</summary>
internal sealed class Denoiser : IDisposable
{
    private const double GuidanceScale = 6;

    private readonly CogVideoXTransformer3DModel _model;
    private readonly CogVideoXDDIMScheduler _scheduler;
    private readonly Tensor _noise; // [1, F, C, H, W]
    private readonly Tensor _prompts; // [2, text, width]: unconditional, conditional
    private readonly RotaryEmbedding _rotary;

    public Denoiser(CogVideoXTransformer3DModel model, long frames, long height, long width, int steps)
    {
        var config = model.Config;
        _model = model;
        _scheduler = new CogVideoXDDIMScheduler(new CogVideoXSchedulerConfig
        {
            PredictionType = "v_prediction",
            TimestepSpacing = "trailing",
            RescaleBetasZeroSnr = true,
            ClipSample = false,
        });
        _scheduler.SetTimesteps(steps);
        _noise = randn([1, frames, config.InChannels, height, width]);
        _prompts = randn([2, config.MaxTextSeqLength, config.TextEmbedDim]);
        _rotary = model.PrepareRotaryPositionalEmbeddings(height * 8, width * 8, frames);
        Tokens = frames * height * width / (config.PatchSize * config.PatchSize) + config.MaxTextSeqLength;
    }

    /// <summary>How many tokens attend to each other.</summary>
    public long Tokens { get; }

    /// <summary>Steps whose time is not counted: code is compiled and memory allocated at first use.</summary>
    public void WarmUp(CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        foreach (var timestep in _scheduler.Timesteps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Step(timestep, _noise);
        }
    }

    /// <summary>All steps. With <paramref name="cached"/>, the model's cache is enabled, and the run takes its plan from it.</summary>
    public Denoised Run(bool cached, Action<int> onStep, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var run = cached ? _model.BeginRun(_scheduler.Timesteps) : null;
        var started = Stopwatch.GetTimestamp();
        var latents = _noise;
        for (var i = 0; i < _scheduler.Timesteps.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            latents = Step(_scheduler.Timesteps[i], latents);
            onStep(i + 1);
        }
        return new Denoised(
            latents.MoveToOuterDisposeScope(), Stopwatch.GetElapsedTime(started).TotalSeconds, run?.Plan, run?.HistoryBytes ?? 0);
    }

    public void Dispose()
    {
        _noise.Dispose();
        _prompts.Dispose();
        _rotary.Dispose();
    }

    private Tensor Step(long timestep, Tensor latents)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var batch = cat([latents, latents]);
        var halves = _model.forward(batch, _prompts, tensor(timestep).expand(2), null, null, _rotary).chunk(2);
        var guided = halves[0].Plus((halves[1] - halves[0]).Times(GuidanceScale));
        return _scheduler.Step(guided, timestep, latents).PrevSample.MoveToOuterDisposeScope();
    }
}
