using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Text and a first picture to video with Wan 2.1, which also looks at the picture through an image encoder, and with Wan 2.2 A14B and TI2V-5B; with Wan 2.1
/// FLF2V to a last picture. Source: diffusers <c>pipelines/wan/pipeline_wan_i2v.py</c>.
/// </summary>
/// <remarks>Latents are [batch, channels, frames, height, width], float32.</remarks>
public sealed class WanImageToVideoPipeline
    : WanVideoPipeline<WanImageToVideoPipeline, WanImageToVideoGenerationOptions>, IPretrainedPipeline<WanImageToVideoPipeline>
{
    private readonly CLIPPictureEncoder? _pictures;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes latents of pictures, and frames of latents.</param>
    /// <param name="transformer">Predicts; a model of image-to-video. With a second one, the noisy steps.</param>
    /// <param name="scheduler">A <see cref="UniPCMultistepScheduler"/> or a <see cref="FlowMatchEulerDiscreteScheduler"/>.</param>
    /// <param name="imageProcessor">Makes of pictures what the image encoder takes; <see langword="null"/> where there is none.</param>
    /// <param name="imageEncoder">Makes embeddings of pictures; <see langword="null"/> where the transformer takes none, or they are given.</param>
    /// <param name="transformer2">Predicts the steps below the boundary.</param>
    /// <param name="boundaryRatio">Which share of training's timesteps the second transformer makes; <see langword="null"/> where there is none.</param>
    /// <param name="expandTimesteps">Whether the picture is the first latent frame, whose tokens have a timestep of 0, as Wan 2.2 TI2V-5B was trained.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public WanImageToVideoPipeline(
        T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKLWan vae, WanTransformer3DModel transformer, IScheduler scheduler,
        CLIPImageProcessor? imageProcessor = null, CLIPVisionModel? imageEncoder = null,
        WanTransformer3DModel? transformer2 = null, double? boundaryRatio = null, bool expandTimesteps = false)
        : this(new WanParts(tokenizer, textEncoder, vae, transformer, scheduler, transformer2, boundaryRatio, expandTimesteps), imageProcessor, imageEncoder)
    {
    }

    private WanImageToVideoPipeline(WanParts parts, CLIPImageProcessor? imageProcessor, CLIPVisionModel? imageEncoder)
        : base(parts, imageEncoder)
    {
        _pictures = CLIPPictureEncoder.Of(imageProcessor, imageEncoder);
        if (Transformer.Config.ImageDim is { } width)
            _pictures?.CheckSize(width, Transformer.Config.PosEmbedSeqLen / 2);
        var latents = Vae.Config.ZDim;
        if (ExpandTimesteps)
            parts.CheckTransformers(latents, "as the latents of which the picture's are the first");
        else
            parts.CheckTransformers(2 * latents + Vae.TemporalCompressionRatio, "of latents, a mask and the picture's latents, as image-to-video has them");
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts { get; } =
    [
        .. WanParts.All,
        new(PartNames.ImageProcessor, nameof(CLIPImageProcessor), "CLIPImageProcessorFast") { IsOptional = true },
        new(PartNames.ImageEncoder, nameof(CLIPVisionModel), CLIPVisionConfig.ProjectedClassName) { IsOptional = true },
    ];

    /// <summary>TI2V-5B is published as a pipeline of text-to-video, and is one of both.</summary>
    public static IReadOnlyList<string> IndexClasses => [nameof(WanImageToVideoPipeline), nameof(WanPipeline)];

    /// <inheritdoc/>
    public static WanImageToVideoPipeline FromParts(PipelineParts parts) => new(
        WanParts.Of(parts),
        parts.Find<CLIPImageProcessor>(PartNames.ImageProcessor),
        parts.Find<CLIPVisionModel>(PartNames.ImageEncoder));

    private protected override GenerationRequest Resolve(string? prompt, WanImageToVideoGenerationOptions options, bool isOnCpu)
    {
        var request = base.Resolve(prompt, options, isOnCpu);
        WanPictures.Check(options, request, Transformer.Config, ExpandTimesteps, encodesImages: _pictures is not null);
        return request;
    }

    private protected override Denoiser Prepare(string? prompt, WanImageToVideoGenerationOptions options, GenerationContext context)
    {
        var (place, request) = (Place, context.Request);
        var (positive, negative) = Prompts(prompt, options, context);
        var image = ImageEmbeds(options);
        var latents = Noise(options, context);
        var pictures = Pictures(options, context, place.Device);
        return new Denoiser(
            context,
            latents,
            (input, timestep, branch) => ModelAt(timestep).call(
                (ExpandTimesteps ? Begun(input) : cat([input, pictures], 1)).to(place.Dtype),
                TimestepsOf(timestep, request, given: 1),
                branch == GuidanceBranch.Unconditional ? negative! : positive,
                image),
            positive, negative, image, pictures)
        {
            AtTheEnd = ExpandTimesteps ? Begun : null,
        };

        Tensor Begun(Tensor video) => cat([pictures, video.narrow(2, 1, request.Grid.Frames - 1)], 2);
    }

    /// <summary>What the transformer is given of the pictures beside the latents, or in the place of their first frame: a row for every result.</summary>
    private Tensor Pictures(WanImageToVideoGenerationOptions options, GenerationContext context, Device device)
    {
        using var scope = NewDisposeScope();
        var own = Summon(Vae);
        var video = WanPictures.Video(options, context.Request, ExpandTimesteps, own.Dtype, own.Device);
        using var posterior = Vae.Encode(video, context.CancellationToken);
        var latents = LatentScale.Apply(posterior.Mean.MovedTo(ScalarType.Float32, device), Vae.Config.LatentsMean, Vae.Config.LatentsStd);
        FiniteCheck.Of(latents, "The picture's latents");
        if (!ExpandTimesteps)
            latents = cat([WanPictures.Mask(latents, Vae.TemporalCompressionRatio, options.LastImage is not null), latents], 1);
        return ForEveryResult(latents, options).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>What an image encoder says of the pictures, for every result; <see langword="null"/> where the transformer takes none.</summary>
    private Tensor? ImageEmbeds(WanImageToVideoGenerationOptions options)
    {
        if (Transformer.Config.ImageDim is null)
            return null;
        using var scope = NewDisposeScope();
        var embeds = options.ImageEmbeds ?? Encoded(options.Image!);
        if (options is { ImageEmbeds: null, LastImage: { } last })
            embeds = stack([embeds, Encoded(last)], 1).flatten(0, 1);
        var (tokens, width) = (embeds.size(1), embeds.size(2));
        // Those of a sample's pictures stay together.
        var samples = AsWeight(embeds, Place, "The image's embeddings").reshape(-1, WanPictures.CountIn(Transformer.Config) * tokens, width);
        return ForEveryResult(samples, options).reshape(-1, tokens, width).MoveToOuterDisposeScope();

        Tensor Encoded(Tensor picture)
        {
            Summon(_pictures!.Model);
            return _pictures.Encode(picture);
        }
    }
}
