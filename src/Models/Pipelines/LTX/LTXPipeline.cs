using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Text to video with LTX-Video. Source: diffusers <c>pipelines/ltx/pipeline_ltx.py</c>.</summary>
/// <remarks>Latents are packed, [batch, tokens, channels], float32.</remarks>
public sealed class LTXPipeline : DiffusionPipeline<LTXPipeline, LTXGenerationOptions>, IPretrainedPipeline<LTXPipeline>
{
    private const int TextTokens = 128;

    private readonly T5PromptEncoder? _text;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes frames of latents.</param>
    /// <param name="transformer">Predicts.</param>
    /// <param name="scheduler">Goes from a prediction to the next latents.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public LTXPipeline(
        T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKLLTXVideo vae, LTXVideoTransformer3DModel transformer, IScheduler scheduler)
        : base(transformer, scheduler, textEncoder, vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (_text, Vae, Transformer) = (T5PromptEncoder.Of(tokenizer, textEncoder), vae, transformer);
        _text?.CheckWidth(transformer.Config.CaptionChannels, "caption_channels");
        if (transformer.Config.InChannels != vae.Config.LatentChannels * PatchOf(transformer.Config))
        {
            throw new ArgumentException(
                $"expected a transformer of {vae.Config.LatentChannels * PatchOf(transformer.Config)} channels, a patch of the {vae.Config.LatentChannels} of the "
                + $"autoencoder's latents; found {transformer.Config.InChannels}");
        }
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts { get; } =
    [
        new(PartNames.Scheduler, nameof(FlowMatchEulerDiscreteScheduler)),
        new(PartNames.Tokenizer, nameof(T5Tokenizer), "T5TokenizerFast") { IsOptional = true },
        new(PartNames.TextEncoder, nameof(T5EncoderModel)) { IsOptional = true },
        new(PartNames.Transformer, nameof(LTXVideoTransformer3DModel)),
        new(PartNames.Vae, nameof(AutoencoderKLLTXVideo)),
    ];

    /// <summary>Makes frames of latents.</summary>
    public new AutoencoderKLLTXVideo Vae { get; }

    /// <summary>Predicts. Caches are enabled here.</summary>
    public LTXVideoTransformer3DModel Transformer { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ICacheableModel> CacheableModels => [Transformer];

    /// <inheritdoc/>
    public static LTXPipeline FromParts(PipelineParts parts) => new(
        parts.Find<T5Tokenizer>(PartNames.Tokenizer),
        parts.Find<T5EncoderModel>(PartNames.TextEncoder),
        parts.Get<AutoencoderKLLTXVideo>(PartNames.Vae),
        parts.Get<LTXVideoTransformer3DModel>(PartNames.Transformer),
        parts.Get<IScheduler>(PartNames.Scheduler));

    private protected override GenerationRequest Resolve(string? prompt, LTXGenerationOptions options, bool isOnCpu)
    {
        var isGuided = options.GuidanceScale > 1;
        var config = Transformer.Config;
        OptionChecks.Check(prompt, options, config.CaptionChannels, _text is not null, isGuided);
        CheckNumbers(options);
        CheckMask(options.PromptEmbeds, options.PromptAttentionMask, nameof(options.PromptAttentionMask));
        CheckMask(options.NegativePromptEmbeds, options.NegativePromptAttentionMask, nameof(options.NegativePromptAttentionMask));
        var scale = Vae.SpatialCompressionRatio;
        var height = OptionChecks.Pixels(options.Height ?? 512, scale, config.PatchSize, nameof(options.Height));
        var width = OptionChecks.Pixels(options.Width ?? 704, scale, config.PatchSize, nameof(options.Width));
        var asked = options.NumFrames ?? 161;
        var frames = (asked - 1) / Vae.TemporalCompressionRatio + 1;
        if (frames % config.PatchSizeT != 0)
            throw new ArgumentOutOfRangeException(nameof(options), $"{nameof(options.NumFrames)} {asked} gives {frames} latent frames, expected a multiple of {config.PatchSizeT}");
        var grid = (frames, height / scale, width / scale);
        var tokens = (long)(frames / config.PatchSizeT) * (grid.Item2 / config.PatchSize) * (grid.Item3 / config.PatchSize);
        var request = new GenerationRequest
        {
            Height = height,
            Width = width,
            Frames = asked,
            LeastFrames = (frames - 1) * Vae.TemporalCompressionRatio + 1,
            LatentShape = [options.Results, tokens, config.InChannels],
            Grid = grid,
            Tokens = tokens,
            TextLength = options.TextLength(TextTokens),
            Layout = isGuided ? GuidanceLayout.Batched : GuidanceLayout.None,
        };
        RunSize.Check(request, config.InnerDim, options.PromptEmbeds is null, isOnCpu);
        OptionChecks.CheckLatents(options, request);
        return request;
    }

    private protected override ScheduleRequest ScheduleOf(LTXGenerationOptions options, GenerationRequest request) =>
        ScheduleRequest.ByTokens(Scheduler, options.NumInferenceSteps, (long)request.Grid.Frames * request.Grid.Rows * request.Grid.Columns);

    private protected override Denoiser Prepare(string? prompt, LTXGenerationOptions options, GenerationContext context)
    {
        var (place, request, config) = (Place, context.Request, Transformer.Config);
        var masks = new List<Tensor>();
        var rows = AsWeight(Batched(EncodePrompts(prompt, options.NegativePrompt, options, context, _text?.Model, (text, truncated) =>
        {
            // The encoder does not see the mask, only the transformer does.
            var (embeds, tokens) = _text!.Encode(text, request.TextLength, truncated, seesMask: false);
            masks.Add(tokens);
            return embeds;
        })), place);
        var mask = MaskRows(options, request, masks).MovedTo(place.Device).alias();
        var latents = StartingLatents(options, ScalarType.Float32, () => LTXLatents.Pack(context.Noise(
            [request.Batch, Vae.Config.LatentChannels, request.Grid.Frames, request.Grid.Rows, request.Grid.Columns], ScalarType.Float32, place.Device), config));
        var (space, time) = (Vae.SpatialCompressionRatio, Vae.TemporalCompressionRatio);
        var grid = new LTXVideoGrid(
            request.Grid.Frames / config.PatchSizeT, request.Grid.Rows / config.PatchSize, request.Grid.Columns / config.PatchSize,
            (time / options.FrameRate, space, space));
        return new Denoiser(
            context,
            latents,
            (input, timestep, _) => Transformer.call(
                input.to(place.Dtype), rows, TensorArithmetic.Full([input.size(0)], timestep, ScalarType.Float32, input.device), mask, grid, null),
            rows, mask)
        {
            GuidanceRescale = options.GuidanceRescale,
        };
    }

    private protected override Tensor DecodeFrames(
        Tensor latents, LTXGenerationOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken)
    {
        var place = Summon(Vae);
        var unpacked = LTXLatents.Unpack(latents, request.Grid, Transformer.Config).MovedTo(place.Device);
        var unscaled = (unpacked * PerChannel(Vae.LatentsStd)).Over(Vae.Config.ScalingFactor).Plus(PerChannel(Vae.LatentsMean)).to(place.Dtype);
        if (!Vae.Config.TimestepConditioning)
            return Pixels.OfVideo(Vae.Decode(unscaled, cancellationToken));
        var noise = GaussianNoise.Like(unscaled, generator);
        var share = options.DecodeNoiseScale ?? options.DecodeTimestep;
        var timestep = TensorArithmetic.Full([request.Batch], options.DecodeTimestep, place.Dtype, place.Device);
        return Pixels.OfVideo(Vae.Decode(unscaled.Times(1 - share).Plus(noise.Times(share)), timestep, cancellationToken));

        Tensor PerChannel(Tensor values) => values.view(1, -1, 1, 1, 1).MovedTo(unpacked.dtype, place.Device);
    }

    /// <summary>Which tokens are there, one row for each of the prompts' embeddings.</summary>
    private static Tensor MaskRows(LTXGenerationOptions options, GenerationRequest request, List<Tensor> encoded)
    {
        var prompts = request.Batch / options.NumVideosPerPrompt;
        var positive = options.PromptAttentionMask ?? encoded[0];
        if (!request.IsGuided)
            return Whole(positive);
        return cat([Whole(options.NegativePromptAttentionMask ?? encoded[^1]), Whole(positive)]);

        Tensor Whole(Tensor rows) => PerResult(rows.to(ScalarType.Bool).expand(prompts, -1), options);
    }

    private static void CheckMask(Tensor? embeds, Tensor? mask, string name)
    {
        if (embeds is null != mask is null)
            throw new ArgumentException($"{name} goes with the embeddings of the same prompts, found {(mask is null ? "only those" : "only it")}", name);
        if (mask is not null && !mask.shape.AsSpan().SequenceEqual(embeds!.shape.AsSpan(0, 2)))
            throw InputCheck.Bad($"[{embeds.size(0)}, {embeds.size(1)}]", mask, name);
    }

    private static void CheckNumbers(LTXGenerationOptions options)
    {
        if (!double.IsFinite(options.FrameRate) || options.FrameRate <= 0)
            throw new ArgumentOutOfRangeException(nameof(options), $"expected a {nameof(options.FrameRate)} above 0, found {options.FrameRate}");
        foreach (var (value, name) in ((double, string)[])
            [
                (options.GuidanceRescale, nameof(options.GuidanceRescale)),
                (options.DecodeTimestep, nameof(options.DecodeTimestep)),
                (options.DecodeNoiseScale ?? 0, nameof(options.DecodeNoiseScale)),
            ])
        {
            if (!(value is >= 0 and <= 1))
                throw new ArgumentOutOfRangeException(nameof(options), $"expected {name} to be from 0 to 1, found {value}");
        }
    }

    private static int PatchOf(LTXVideoTransformer3DModelConfig config) => config.PatchSizeT * config.PatchSize * config.PatchSize;
}
