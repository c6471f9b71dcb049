using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Text to video with Latte. Prompts are put in lower case and trimmed, as diffusers does where its <c>clean_caption</c> is off or cannot be on. Source:
/// diffusers <c>pipelines/latte/pipeline_latte.py</c>.
/// </summary>
/// <remarks>Latents are [batch, channels, frames, height, width].</remarks>
public sealed class LattePipeline : DiffusionPipeline<LattePipeline, LatteGenerationOptions>, IPretrainedPipeline<LattePipeline>
{
    private const int TextTokens = 120;

    private readonly T5PromptEncoder? _text;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes frames of latents, one by one.</param>
    /// <param name="transformer">Predicts.</param>
    /// <param name="scheduler">Goes from a prediction to the next latents.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public LattePipeline(T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKL vae, LatteTransformer3DModel transformer, IScheduler scheduler)
        : base(transformer, scheduler, textEncoder, vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (_text, Vae, Transformer) = (T5PromptEncoder.Of(tokenizer, textEncoder), vae, transformer);
        _text?.CheckWidth(transformer.Config.CaptionChannels, "caption_channels");
        if (transformer.Config.InChannels != vae.Config.LatentChannels)
            throw new ArgumentException($"expected a transformer of {vae.Config.LatentChannels} channels, as the autoencoder's latents, found {transformer.Config.InChannels}");
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts { get; } =
    [
        new(PartNames.Scheduler, nameof(DDIMScheduler)),
        new(PartNames.Tokenizer, nameof(T5Tokenizer), "T5TokenizerFast") { IsOptional = true },
        new(PartNames.TextEncoder, nameof(T5EncoderModel)) { IsOptional = true },
        new(PartNames.Transformer, nameof(LatteTransformer3DModel)),
        new(PartNames.Vae, nameof(AutoencoderKL)),
    ];

    /// <summary>Makes frames of latents, one by one.</summary>
    public new AutoencoderKL Vae { get; }

    /// <summary>Predicts. Caches are enabled here.</summary>
    public LatteTransformer3DModel Transformer { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ICacheableModel> CacheableModels => [Transformer];

    /// <inheritdoc/>
    public static LattePipeline FromParts(PipelineParts parts) => new(
        parts.Find<T5Tokenizer>(PartNames.Tokenizer),
        parts.Find<T5EncoderModel>(PartNames.TextEncoder),
        parts.Get<AutoencoderKL>(PartNames.Vae),
        parts.Get<LatteTransformer3DModel>(PartNames.Transformer),
        parts.Get<IScheduler>(PartNames.Scheduler));

    private protected override GenerationRequest Resolve(string? prompt, LatteGenerationOptions options, bool isOnCpu)
    {
        var isGuided = options.GuidanceScale > 1;
        var config = Transformer.Config;
        OptionChecks.Check(prompt, options, config.CaptionChannels, _text is not null, isGuided);
        OptionChecks.Positive(options.DecodeChunkSize, nameof(options.DecodeChunkSize));
        var scale = Vae.SpatialCompressionRatio;
        var height = OptionChecks.Pixels(options.Height ?? config.SampleSize * scale, scale, config.PatchSize, nameof(options.Height));
        var width = OptionChecks.Pixels(options.Width ?? config.SampleSize * scale, scale, config.PatchSize, nameof(options.Width));
        var frames = options.NumFrames ?? config.VideoLength;
        if (frames != 1 && frames != config.VideoLength)
            throw new ArgumentOutOfRangeException(
                nameof(options), $"expected {nameof(options.NumFrames)} to be {config.VideoLength}, which the transformer has positions for, or 1, found {frames}");
        var request = new GenerationRequest
        {
            Height = height,
            Width = width,
            Frames = frames,
            LeastFrames = frames,
            LatentShape = [options.Results, config.InChannels, frames, height / scale, width / scale],
            Grid = (frames, height / scale, width / scale),
            Tokens = (double)frames * (height / scale / config.PatchSize) * (width / scale / config.PatchSize),
            TextLength = options.TextLength(TextTokens),
            Layout = isGuided ? GuidanceLayout.Batched : GuidanceLayout.None,
        };
        RunSize.Check(request, config.InnerDim, options.PromptEmbeds is null, isOnCpu);
        OptionChecks.CheckLatents(options, request);
        return request;
    }

    private protected override Denoiser Prepare(string? prompt, LatteGenerationOptions options, GenerationContext context)
    {
        var place = Place;
        var rows = AsWeight(Embeddings(prompt, options, context), place);
        var latents = StartingLatents(options, place.Dtype, () => context.Noise(context.Request.LatentShape, place.Dtype, place.Device));
        return new Denoiser(
            context,
            latents,
            // The second half of the channels may be a variance, which is not used.
            (input, timestep, _) => Transformer.call(
                input, TensorArithmetic.Full([input.size(0)], (long)timestep, ScalarType.Int64, input.device), rows, null, options.EnableTemporalAttentions)
                .narrow(1, 0, Transformer.Config.InChannels),
            rows);
    }

    /// <summary>The rows of both branches. With one prompt and one result, padding behind the prompt is cut off; with several, the prompt's is zeroed.</summary>
    private Tensor Embeddings(string? prompt, LatteGenerationOptions options, GenerationContext context)
    {
        var masks = new List<Tensor>();
        var (positive, negative) = EncodePrompts(prompt, options.NegativePrompt, options, context, _text?.Model, (text, truncated) =>
        {
            var (embeds, mask) = _text!.Encode(options.CleanCaption ? CaptionCleaning.Clean(text) : text.ToLowerInvariant().Trim(), context.Request.TextLength, truncated, seesMask: true);
            masks.Add(mask);
            return embeds;
        });
        if (!options.MaskFeature || options.PromptEmbeds is not null)
            return Batched((positive, negative));
        if (positive.size(0) > 1)
            return Batched((positive * masks[0].unsqueeze(-1), negative));
        // On META there are no numbers, and a prompt is as long as it may be.
        var kept = masks[0].device_type == DeviceType.META ? context.Request.TextLength : masks[0].sum().Number<long>();
        return Batched((positive.narrow(1, 0, kept), negative?.narrow(1, 0, kept)));
    }

    private protected override Tensor DecodeFrames(
        Tensor latents, LatteGenerationOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken)
    {
        var place = Summon(Vae);
        var pictures = latents.transpose(1, 2).flatten(0, 1).Times(1 / Vae.Config.ScalingFactor).MovedTo(place.Dtype, place.Device);
        var decoded = new List<Tensor>();
        foreach (var chunk in pictures.split(options.DecodeChunkSize))
            decoded.Add(Vae.Decode(chunk, cancellationToken));
        return Pixels.OfPictures(cat(decoded)).unflatten(0, [request.Batch, request.Frames]);
    }
}
