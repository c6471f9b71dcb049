using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Text and a first picture to video with CogVideoX 5b and 1.5. Source: diffusers <c>pipelines/cogvideo/pipeline_cogvideox_image2video.py</c>.
/// </summary>
/// <remarks>Latents are [batch, frames, channels, height, width], padding frames of CogVideoX 1.5 included.</remarks>
public sealed class CogVideoXImageToVideoPipeline
    : DiffusionPipeline<CogVideoXImageToVideoPipeline, CogVideoXImageToVideoGenerationOptions>, IPretrainedPipeline<CogVideoXImageToVideoPipeline>
{
    private readonly T5PromptEncoder? _text;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes latents of the picture, and frames of latents.</param>
    /// <param name="transformer">Predicts; a model of image-to-video.</param>
    /// <param name="scheduler">A <see cref="CogVideoXDDIMScheduler"/> or a <see cref="CogVideoXDPMScheduler"/>.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public CogVideoXImageToVideoPipeline(
        T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKLCogVideoX vae, CogVideoXTransformer3DModel transformer, CogVideoXScheduler scheduler)
        : base(transformer, scheduler, textEncoder, vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (_text, Vae, Transformer) = (T5PromptEncoder.Of(tokenizer, textEncoder), vae, transformer);
        _text?.CheckWidth(transformer.Config.TextEmbedDim, "text_embed_dim");
        CogVideoXParts.CheckImageToVideo(vae.Config, transformer.Config);
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts => CogVideoXParts.All;

    /// <summary>Makes latents of the picture, and frames of latents.</summary>
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

    /// <inheritdoc/>
    public static CogVideoXImageToVideoPipeline FromParts(PipelineParts parts) => new(
        parts.Find<T5Tokenizer>(PartNames.Tokenizer),
        parts.Find<T5EncoderModel>(PartNames.TextEncoder),
        parts.Get<AutoencoderKLCogVideoX>(PartNames.Vae),
        parts.Get<CogVideoXTransformer3DModel>(PartNames.Transformer),
        parts.Get<CogVideoXScheduler>(PartNames.Scheduler));

    private protected override GenerationRequest Resolve(string? prompt, CogVideoXImageToVideoGenerationOptions options, bool isOnCpu)
    {
        using var scope = NewDisposeScope();
        var request = CogVideoXRequest.Resolve(prompt, options, Transformer.Config, Vae.Config, _text is not null, isOnCpu);
        PictureInput.Check(options.Image, request.Batch / options.NumVideosPerPrompt, nameof(options.Image));
        CogVideoXParts.RotaryPositions(Transformer.Config, Vae.Config, request, CPU);
        return request;
    }

    private protected override double GuidanceScaleAt(CogVideoXImageToVideoGenerationOptions options, double timestep) =>
        CogVideoXParts.GuidanceScaleAt(options, timestep);

    private protected override Denoiser Prepare(string? prompt, CogVideoXImageToVideoGenerationOptions options, GenerationContext context)
    {
        var place = Place;
        var rotary = CogVideoXParts.RotaryPositions(Transformer.Config, Vae.Config, context.Request, place.Device);
        var rows = AsWeight(Batched(EncodePrompts(
            prompt, options.NegativePrompt, options, context, _text?.Model,
            (text, truncated) => _text!.Encode(text, context.Request.TextLength, truncated, seesMask: false).Embeds)), place);
        // The picture's latents are drawn before the noise, as in diffusers, so that a seed means the same.
        var image = ImageLatents(options, context, place);
        var latents = StartingLatents(options, place.Dtype, () => context.Noise(context.Request.LatentShape, place.Dtype, place.Device));
        var ofs = Transformer.Config.OfsEmbedDim is null ? null : TensorArithmetic.Full([1], 2.0, place.Dtype, place.Device);
        return new Denoiser(
            context,
            latents,
            (input, timestep, branch) => Transformer.call(
                cat([input, branch == GuidanceBranch.Both ? cat([image, image]) : image], 2),
                rows, TensorArithmetic.Full([input.size(0)], (long)timestep, ScalarType.Int64, input.device), null, ofs, rotary),
            rows, image, ofs, rotary?.Cos, rotary?.Sin);
    }

    private protected override Tensor DecodeFrames(
        Tensor latents, CogVideoXImageToVideoGenerationOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken) =>
        CogVideoXParts.Decode(Vae, Summon(Vae), latents, request, cancellationToken);

    /// <summary>
    /// The picture as the first frame of a video that is zero after it, in latents: [batch, frames, channels, height, width]. Where the model takes frames in
    /// pairs, the first one comes again in front, as in diffusers.
    /// </summary>
    private Tensor ImageLatents(CogVideoXImageToVideoGenerationOptions options, GenerationContext context, Placement place)
    {
        using var scope = NewDisposeScope();
        var request = context.Request;
        var own = Summon(Vae);
        var pictures = PictureInput.Prepare(options.Image!, request.Height, request.Width, own.Dtype, own.Device);
        using var posterior = Vae.Encode(pictures.unsqueeze(2), context.CancellationToken);
        var scaled = posterior.Sample(context.Generator).MovedTo(place.Dtype, place.Device).transpose(1, 2);
        scaled = Vae.Config.InvertScaleLatents ? scaled.Over(Vae.Config.ScalingFactor) : scaled.Times(Vae.Config.ScalingFactor);
        var frames = request.Grid.Frames - request.AdditionalFrames;
        var video = cat([scaled, zeros([scaled.size(0), frames - 1, .. scaled.shape[2..]], place.Dtype, place.Device)], 1);
        if (request.AdditionalFrames > 0)
            video = cat([video.narrow(1, 0, request.AdditionalFrames), video], 1);
        return ForEveryResult(video, options).contiguous().MoveToOuterDisposeScope();
    }
}
