using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The latents of one generation, step by step. Everything it holds is outside of dispose scopes, so that whoever is called between two
/// steps works in a scope of his own. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (__call__, 8.).
/// </summary>
/// <param name="transformer">Predicts.</param>
/// <param name="scheduler">Goes from a prediction to the next latents; its timesteps are set.</param>
/// <param name="promptEmbeds">One row for every latent, or with guidance [negative, prompt].</param>
/// <param name="rotary">Rotary positions where the model has them.</param>
/// <param name="latents">What to begin with.</param>
/// <param name="generator">Where noise is drawn.</param>
/// <remarks>It owns the tensors it is given, which are freed with it.</remarks>
internal sealed class CogVideoXDenoiser(
    CogVideoXTransformer3DModel transformer,
    CogVideoXScheduler scheduler,
    Tensor promptEmbeds,
    RotaryEmbedding? rotary,
    Tensor latents,
    Generator? generator) : IDisposable
{
    private readonly bool _isGuided = promptEmbeds.size(0) != latents.size(0);
    private Tensor? _original;

    /// <summary>[batch, frames, channels, height, width]</summary>
    public Tensor Latents { get; private set; } = latents;

    /// <summary>Goes one step.</summary>
    /// <param name="index">Which, from 0.</param>
    /// <param name="guidanceScale">Used where there is guidance.</param>
    /// <param name="run">The transformer's cached run, if there is one.</param>
    public void Step(int index, double guidanceScale, CacheRun? run)
    {
        using var scope = NewDisposeScope();
        var timestep = scheduler.Timesteps[index];
        var prediction = Predict(timestep, guidanceScale, run);
        var (next, original) = scheduler switch
        {
            CogVideoXDPMScheduler dpm => dpm.Step(
                prediction, _original, timestep, index > 0 ? scheduler.Timesteps[index - 1] : null, Latents, generator),
            CogVideoXDDIMScheduler ddim => ddim.Step(prediction, timestep, Latents),
            _ => throw new NotSupportedException($"{scheduler.GetType().Name} is not a scheduler of CogVideoX"),
        };

        Keep(next.to(Latents.dtype), original);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        promptEmbeds.Dispose();
        rotary?.Dispose();
        Latents.Dispose();
        _original?.Dispose();
    }

    /// <summary>What the scheduler takes: the prediction in float32, guidance included.</summary>
    private Tensor Predict(long timestep, double guidanceScale, CacheRun? run)
    {
        var isGuidedByRun = _isGuided && run is { IsDisposed: false };
        if (isGuidedByRun)
            run!.GuidanceScale = guidanceScale;
        var input = _isGuided ? cat([Latents, Latents]) : Latents;
        var output = transformer.call(
            input, promptEmbeds, TensorArithmetic.Full([input.size(0)], timestep, ScalarType.Int64, input.device), null, null, rotary);
        var prediction = output.to(ScalarType.Float32);
        if (!_isGuided || isGuidedByRun)
            return prediction;
        // In the order of a run's own guidance: with a cache that reuses nothing, latents are the same to the bit.
        var halves = prediction.chunk(2);
        return halves[1].sub(halves[0]).Times_(guidanceScale).Plus_(halves[0]);
    }

    private void Keep(Tensor latents, Tensor original)
    {
        Latents.Dispose();
        _original?.Dispose();
        Latents = latents.DetachFromDisposeScope();
        // Only DPM-Solver++ looks back.
        _original = scheduler is CogVideoXDPMScheduler ? original.DetachFromDisposeScope() : null;
    }
}
