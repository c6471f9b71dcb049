using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Text to video with CogVideoX 2b, 5b and 1.5. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox.py</c>.</summary>
/// <remarks>Latents are [batch, frames, channels, height, width], padding frames of CogVideoX 1.5 included.</remarks>
public sealed class CogVideoXPipeline : DiffusionPipeline<CogVideoXPipeline, CogVideoXGenerationOptions>, IPretrainedPipeline<CogVideoXPipeline>
{
    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes frames of latents.</param>
    /// <param name="transformer">Predicts; a model of text-to-video.</param>
    /// <param name="scheduler">A <see cref="CogVideoXDDIMScheduler"/> or a <see cref="CogVideoXDPMScheduler"/>.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public CogVideoXPipeline(
        T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKLCogVideoX vae, CogVideoXTransformer3DModel transformer, CogVideoXScheduler scheduler)
        : base(transformer, scheduler, textEncoder, vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (Text, Vae, Transformer) = (T5PromptEncoder.Of(tokenizer, textEncoder), vae, transformer);
        Text?.CheckWidth(transformer.Config.TextEmbedDim, "text_embed_dim");
        CogVideoXParts.CheckTextToVideo(vae.Config, transformer.Config);
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts => CogVideoXParts.All;

    /// <summary>Makes tokens of prompts.</summary>
    public T5Tokenizer? Tokenizer => Text?.Tokenizer;

    /// <summary>Makes embeddings of tokens. It may be on another device than the transformer.</summary>
    public T5EncoderModel? TextEncoder => Text?.Model;

    /// <summary>Makes frames of latents. It may be on another device than the transformer, and of another type.</summary>
    public new AutoencoderKLCogVideoX Vae { get; }

    /// <summary>Predicts. Caches are enabled here.</summary>
    public CogVideoXTransformer3DModel Transformer { get; }

    /// <inheritdoc cref="DiffusionPipeline.Scheduler"/>
    public new CogVideoXScheduler Scheduler
    {
        get => (CogVideoXScheduler)base.Scheduler;
        set => base.Scheduler = value;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ICacheableModel> CacheableModels => [Transformer];

    private T5PromptEncoder? Text { get; }

    /// <inheritdoc/>
    public static CogVideoXPipeline FromParts(PipelineParts parts) => new(
        parts.Find<T5Tokenizer>(PartNames.Tokenizer),
        parts.Find<T5EncoderModel>(PartNames.TextEncoder),
        parts.Get<AutoencoderKLCogVideoX>(PartNames.Vae),
        parts.Get<CogVideoXTransformer3DModel>(PartNames.Transformer),
        parts.Get<CogVideoXScheduler>(PartNames.Scheduler));

    private protected override GenerationRequest Resolve(string? prompt, CogVideoXGenerationOptions options, bool isOnCpu)
    {
        using var scope = NewDisposeScope();
        var request = CogVideoXRequest.Resolve(prompt, options, Transformer.Config, Vae.Config, Text is not null, isOnCpu);
        CogVideoXParts.RotaryPositions(Transformer.Config, Vae.Config, request, CPU);
        return request;
    }

    private protected override double GuidanceScaleAt(CogVideoXGenerationOptions options, double timestep) => CogVideoXParts.GuidanceScaleAt(options, timestep);

    private protected override Denoiser Prepare(string? prompt, CogVideoXGenerationOptions options, GenerationContext context)
    {
        var place = Place;
        var rotary = CogVideoXParts.RotaryPositions(Transformer.Config, Vae.Config, context.Request, place.Device);
        var rows = AsWeight(Batched(EncodePrompts(
            prompt, options.NegativePrompt, options, context, Text?.Model,
            (text, truncated) => Text!.Encode(text, context.Request.TextLength, truncated, seesMask: false).Embeds)), place);
        var latents = StartingLatents(options, place.Dtype, () => context.Noise(context.Request.LatentShape, place.Dtype, place.Device));
        return new Denoiser(
            context,
            latents,
            (input, timestep, _) => Transformer.call(
                input, rows, TensorArithmetic.Full([input.size(0)], (long)timestep, ScalarType.Int64, input.device), null, null, rotary),
            rows, rotary?.Cos, rotary?.Sin);
    }

    private protected override Tensor DecodeFrames(
        Tensor latents, CogVideoXGenerationOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken) =>
        CogVideoXParts.Decode(Vae, Summon(Vae), latents, request, cancellationToken);
}
