using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What the pipelines of CogVideoX share.</summary>
internal static class CogVideoXParts
{
    /// <summary>The parts that their indices name.</summary>
    public static IReadOnlyList<PipelinePart> All { get; } =
    [
        new(PartNames.Scheduler, nameof(CogVideoXDDIMScheduler), nameof(CogVideoXDPMScheduler)),
        new(PartNames.Tokenizer, nameof(T5Tokenizer), "T5TokenizerFast") { IsOptional = true },
        new(PartNames.TextEncoder, nameof(T5EncoderModel)) { IsOptional = true },
        new(PartNames.Transformer, nameof(CogVideoXTransformer3DModel)),
        new(PartNames.Vae, nameof(AutoencoderKLCogVideoX)),
    ];

    /// <summary>Refuses a transformer that is not made for latents alone.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void CheckTextToVideo(AutoencoderKLCogVideoXConfig vae, CogVideoXTransformer3DModelConfig transformer)
    {
        if (transformer.InChannels != vae.LatentChannels || transformer.Outputs != vae.LatentChannels || transformer.OfsEmbedDim is not null)
        {
            throw new ArgumentException(
                $"expected a transformer of text-to-video, from the {vae.LatentChannels} channels of the autoencoder's latents to as many; found one "
                + $"from {transformer.InChannels} to {transformer.Outputs}{(transformer.OfsEmbedDim is null ? "" : " with an ofs embedding")} (image-to-video?)");
        }
    }

    /// <summary>Refuses a transformer that is not made for latents beside those of a picture.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void CheckImageToVideo(AutoencoderKLCogVideoXConfig vae, CogVideoXTransformer3DModelConfig transformer)
    {
        if (transformer.InChannels != 2 * vae.LatentChannels || transformer.Outputs != vae.LatentChannels)
        {
            throw new ArgumentException(
                $"expected a transformer of image-to-video, from twice the {vae.LatentChannels} channels of the autoencoder's latents to as many; found one "
                + $"from {transformer.InChannels} to {transformer.Outputs} (text-to-video?)");
        }
    }

    /// <summary>The guidance scale of a step. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (use_dynamic_cfg).</summary>
    public static double GuidanceScaleAt(CogVideoXGenerationOptions options, double timestep)
    {
        if (!options.UseDynamicCfg)
            return options.GuidanceScale;
        double steps = options.NumInferenceSteps;
        return 1 + options.GuidanceScale * (1 - Math.Cos(Math.PI * Math.Pow((steps - timestep) / steps, 5))) / 2;
    }

    /// <summary>Those of the video's tokens, where the model has them. In the current dispose scope.</summary>
    /// <exception cref="ArgumentException">The model is not made for this size.</exception>
    public static RotaryEmbedding? RotaryPositions(
        CogVideoXTransformer3DModelConfig transformer, AutoencoderKLCogVideoXConfig vae, GenerationRequest request, Device device) =>
        transformer.UseRotaryPositionalEmbeddings
            ? CogVideoXTransformer3DModel.PrepareRotaryPositionalEmbeddings(
                transformer, request.Height, request.Width, request.Grid.Frames, device, vae.SpatialCompressionRatio)
            : null;

    /// <summary>Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (decode_latents).</summary>
    public static Tensor Decode(
        AutoencoderKLCogVideoX vae, Placement place, Tensor latents, GenerationRequest request, CancellationToken cancellationToken)
    {
        var kept = latents.narrow(1, request.AdditionalFrames, latents.size(1) - request.AdditionalFrames).MovedTo(place.Dtype, place.Device);
        return Pixels.OfVideo(vae.Decode(kept.transpose(1, 2).Times(1 / vae.Config.ScalingFactor), cancellationToken));
    }
}
