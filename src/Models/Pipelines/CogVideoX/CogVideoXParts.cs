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

    /// <summary>Refuses a transformer that is not made for the autoencoder's latents.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static void Check(AutoencoderKLCogVideoXConfig vae, CogVideoXTransformer3DModelConfig transformer, int inChannels, bool isTextToVideo)
    {
        if (inChannels != vae.LatentChannels || transformer.Outputs != vae.LatentChannels || !isTextToVideo)
        {
            throw new ArgumentException(
                $"expected a transformer of text-to-video, from the {vae.LatentChannels} channels of the autoencoder's latents to as many; found one "
                + $"from {transformer.InChannels} to {transformer.Outputs}{(transformer.OfsEmbedDim is null ? "" : " with an ofs embedding")} (image-to-video?)");
        }
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
    public static Tensor Decode(AutoencoderKLCogVideoX vae, Tensor latents, GenerationRequest request, CancellationToken cancellationToken)
    {
        var weight = vae.parameters().First();
        var kept = latents.narrow(1, request.AdditionalFrames, latents.size(1) - request.AdditionalFrames).to(weight.dtype, weight.device);
        return Pixels.OfVideo(vae.Decode(kept.transpose(1, 2).Times(1 / vae.Config.ScalingFactor), cancellationToken));
    }
}
