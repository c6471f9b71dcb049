using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXPipeline
{
    /// <summary>All but decoding; the result is outside of dispose scopes and the caller's.</summary>
    private Tensor Denoise(
        string? prompt,
        CogVideoXGenerationOptions options,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken,
        out CogVideoXRequest request)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TruncatedTexts = [];
        request = CogVideoXRequest.Resolve(prompt, options, Transformer.Config, Vae.Config, Transformer.parameters().First().device_type == DeviceType.CPU);
        Scheduler.SetTimesteps(options.NumInferenceSteps);
        // Begun before any work: a cache that cannot work with these options is refused here.
        using var run = BeginRun(request);
        using var generator = options.Seed is { } seed ? new Generator(unchecked((ulong)seed), CPU) : null;
        using var denoiser = Prepare(prompt, options, request, generator, progress, cancellationToken);
        try
        {
            var timesteps = Scheduler.Timesteps;
            progress?.Report(new GenerationProgress(GenerationStage.Denoising, 0, timesteps.Count));
            for (var i = 0; i < timesteps.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                CurrentTimestep = timesteps[i];
                denoiser.Step(i, CogVideoXRequest.GuidanceScaleAt(options, timesteps[i]), run);
                FiniteCheck.Of(denoiser.Latents, $"The latents after step {i + 1} of {timesteps.Count} (timestep {timesteps[i]})");
                ShowStep(options, i, timesteps[i], denoiser.Latents);
                progress?.Report(new GenerationProgress(GenerationStage.Denoising, i + 1, timesteps.Count));
            }

            return denoiser.Latents.alias().DetachFromDisposeScope();
        }
        finally
        {
            CurrentTimestep = null;
        }
    }

    private static void ShowStep(CogVideoXGenerationOptions options, int index, long timestep, Tensor latents)
    {
        if (options.OnStepEnd is not { } callback)
            return;
        using var view = latents.alias();
        callback(index, timestep, view);
    }

    private CacheRun? BeginRun(CogVideoXRequest request) =>
        Transformer.IsCacheEnabled ? Transformer.BeginRun(TimestepsOf(Scheduler), LayoutOf(request)) : null;

    private static double[] TimestepsOf(CogVideoXScheduler scheduler) => [.. scheduler.Timesteps.Select(timestep => (double)timestep)];

    private static GuidanceLayout LayoutOf(CogVideoXRequest request) => request.IsGuided ? GuidanceLayout.Batched : GuidanceLayout.None;

    /// <summary>Encodes the prompts and draws the noise.</summary>
    private CogVideoXDenoiser Prepare(
        string? prompt,
        CogVideoXGenerationOptions options,
        CogVideoXRequest request,
        Generator? generator,
        IProgress<GenerationProgress>? progress,
        CancellationToken cancellationToken)
    {
        // The checks of a size that rotary positions are not made for come before the work of encoding.
        using var scope = NewDisposeScope();
        var weight = Transformer.parameters().First();
        var rotary = RotaryPositions(Transformer.Config, Vae.Config, request, weight.device);
        var embeds = EncodePrompts(prompt, options, request, progress, cancellationToken);
        var rows = embeds.to(weight.dtype, weight.device);
        var latents = (options.Latents ?? Noise(request.LatentShape, generator, weight)).to(weight.dtype, weight.device).Times(Scheduler.InitNoiseSigma);
        FiniteCheck.Of(embeds, "The text embeddings");
        FiniteCheck.Of(rows, "The text embeddings, in the type of the transformer,");
        FiniteCheck.Of(latents, "The latents before the first step");
        // Only now that nothing can fail any more.
        return new CogVideoXDenoiser(
            Transformer, Scheduler, rows.DetachFromDisposeScope(), rotary?.Detached(), latents.DetachFromDisposeScope(), generator);
    }

    /// <summary>Those of the video's tokens, where the model has them. In the current dispose scope.</summary>
    /// <exception cref="ArgumentException">The model is not made for this size.</exception>
    private static RotaryEmbedding? RotaryPositions(
        CogVideoXTransformer3DModelConfig transformer, AutoencoderKLCogVideoXConfig vae, CogVideoXRequest request, Device device) =>
        transformer.UseRotaryPositionalEmbeddings
            ? CogVideoXTransformer3DModel.PrepareRotaryPositionalEmbeddings(
                transformer, request.Height, request.Width, request.LatentShape[1], device, vae.SpatialCompressionRatio)
            : null;

    /// <summary>Drawn in the type and, with a seed, on the CPU: as diffusers does, so that a seed means the same.</summary>
    private static Tensor Noise(long[] shape, Generator? generator, Tensor weight) =>
        randn(shape, dtype: weight.dtype, device: generator?.device ?? weight.device, generator: generator);

    private Tensor Decode(
        Tensor latents, int additionalFrames, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new GenerationProgress(GenerationStage.Decoding, 0, 1));
        var frames = DecodeFrames(latents, additionalFrames, cancellationToken);
        try
        {
            progress?.Report(new GenerationProgress(GenerationStage.Decoding, 1, 1));
            return frames;
        }
        catch
        {
            frames.Dispose();
            throw;
        }
    }

    /// <summary>Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (decode_latents), <c>video_processor.py</c>.</summary>
    private Tensor DecodeFrames(Tensor latents, int additionalFrames, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var weight = Vae.parameters().First();
        var kept = latents.narrow(1, additionalFrames, latents.size(1) - additionalFrames).to(weight.dtype, weight.device);
        var video = Vae.Decode(kept.transpose(1, 2).Times(1 / Vae.Config.ScalingFactor), cancellationToken); // [B, C, F, H, W]
        FiniteCheck.Of(video, "The decoded frames");
        video.Times_(0.5).Plus_(0.5).Clamp_(0, 1);
        return video.transpose(1, 2).to(ScalarType.Float32, CPU).contiguous().MoveToOuterDisposeScope();
    }
}
