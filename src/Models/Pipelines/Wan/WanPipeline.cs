using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Text to video with Wan 2.1, and with Wan 2.2: the two transformers of A14B, and the timesteps of every token of TI2V-5B. Source: diffusers
/// <c>pipelines/wan/pipeline_wan.py</c>.
/// </summary>
/// <remarks>Latents are [batch, channels, frames, height, width], float32.</remarks>
public sealed class WanPipeline : WanVideoPipeline<WanPipeline, WanGenerationOptions>, IPretrainedPipeline<WanPipeline>
{
    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes frames of latents.</param>
    /// <param name="transformer">Predicts; with a second one, the noisy steps.</param>
    /// <param name="scheduler">A <see cref="UniPCMultistepScheduler"/> or a <see cref="FlowMatchEulerDiscreteScheduler"/>.</param>
    /// <param name="transformer2">Predicts the steps below the boundary.</param>
    /// <param name="boundaryRatio">Which share of training's timesteps the second transformer makes; <see langword="null"/> where there is none.</param>
    /// <param name="expandTimesteps">Whether every token has a timestep of its own, as Wan 2.2 TI2V-5B was trained.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public WanPipeline(
        T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKLWan vae, WanTransformer3DModel transformer, IScheduler scheduler,
        WanTransformer3DModel? transformer2 = null, double? boundaryRatio = null, bool expandTimesteps = false)
        : this(new WanParts(tokenizer, textEncoder, vae, transformer, scheduler, transformer2, boundaryRatio, expandTimesteps))
    {
    }

    private WanPipeline(WanParts parts)
        : base(parts) => parts.CheckTransformers(Vae.Config.ZDim, "as the latents of text-to-video");

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts => WanParts.All;

    /// <inheritdoc/>
    public static WanPipeline FromParts(PipelineParts parts) => new(WanParts.Of(parts));

    private protected override Denoiser Prepare(string? prompt, WanGenerationOptions options, GenerationContext context)
    {
        var place = Place;
        var (positive, negative) = Prompts(prompt, options, context);
        return new Denoiser(
            context,
            Noise(options, context),
            (input, timestep, branch) => ModelAt(timestep).call(
                input.to(place.Dtype), TimestepsOf(timestep, context.Request), branch == GuidanceBranch.Unconditional ? negative! : positive),
            positive, negative);
    }
}
