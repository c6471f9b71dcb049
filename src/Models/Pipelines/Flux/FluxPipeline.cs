using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Text to picture with FLUX.1 dev and schnell. Source: diffusers <c>pipelines/flux/pipeline_flux.py</c>.</summary>
/// <remarks>Latents are packed, [batch, tokens, channels].</remarks>
public sealed class FluxPipeline : DiffusionPipeline<FluxPipeline, FluxGenerationOptions>, IPretrainedPipeline<FluxPipeline>
{
    private const string Tokenizer2Part = "tokenizer_2";
    private const string TextEncoder2Part = "text_encoder_2";
    private const int TextTokens = 512;
    private const int Side = 128; // of a picture, in latents
    private const int Patch = 2;

    private readonly CLIPPromptEncoder? _clip;
    private readonly T5PromptEncoder? _text;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes CLIP's tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes the pooled embedding; <see langword="null"/> where embeddings are given.</param>
    /// <param name="tokenizer2">Makes T5's tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder2">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes pictures of latents.</param>
    /// <param name="transformer">Predicts.</param>
    /// <param name="scheduler">Goes from a prediction to the next latents.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public FluxPipeline(
        CLIPTokenizer? tokenizer, CLIPTextModel? textEncoder, T5Tokenizer? tokenizer2, T5EncoderModel? textEncoder2, AutoencoderKL vae,
        FluxTransformer2DModel transformer, IScheduler scheduler)
        : base(transformer, scheduler, textEncoder, textEncoder2, vae)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (_clip, _text, Vae, Transformer) = (CLIPPromptEncoder.Of(tokenizer, textEncoder), T5PromptEncoder.Of(tokenizer2, textEncoder2), vae, transformer);
        _text?.CheckWidth(transformer.Config.JointAttentionDim, "joint_attention_dim");
        _clip?.CheckWidth(transformer.Config.PooledProjectionDim, "pooled_projection_dim");
        if (transformer.Config.InChannels != Patch * Patch * vae.Config.LatentChannels)
        {
            throw new ArgumentException(
                $"expected a transformer of {Patch * Patch * vae.Config.LatentChannels} channels, 2 × 2 of the {vae.Config.LatentChannels} of the autoencoder's latents; "
                + $"found {transformer.Config.InChannels}");
        }
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts { get; } =
    [
        new(PartNames.Scheduler, nameof(FlowMatchEulerDiscreteScheduler)),
        new(PartNames.Tokenizer, nameof(CLIPTokenizer), "CLIPTokenizerFast") { IsOptional = true },
        new(Tokenizer2Part, nameof(T5Tokenizer), "T5TokenizerFast") { IsOptional = true },
        new(PartNames.TextEncoder, nameof(CLIPTextModel)) { IsOptional = true },
        new(TextEncoder2Part, nameof(T5EncoderModel)) { IsOptional = true },
        new(PartNames.Transformer, nameof(FluxTransformer2DModel)),
        new(PartNames.Vae, nameof(AutoencoderKL)),
    ];

    /// <summary>Makes pictures of latents.</summary>
    public new AutoencoderKL Vae { get; }

    /// <summary>Predicts. Caches are enabled here.</summary>
    public FluxTransformer2DModel Transformer { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ICacheableModel> CacheableModels => [Transformer];

    /// <inheritdoc/>
    public static FluxPipeline FromParts(PipelineParts parts) => new(
        parts.Find<CLIPTokenizer>(PartNames.Tokenizer),
        parts.Find<CLIPTextModel>(PartNames.TextEncoder),
        parts.Find<T5Tokenizer>(Tokenizer2Part),
        parts.Find<T5EncoderModel>(TextEncoder2Part),
        parts.Get<AutoencoderKL>(PartNames.Vae),
        parts.Get<FluxTransformer2DModel>(PartNames.Transformer),
        parts.Get<IScheduler>(PartNames.Scheduler));

    private protected override GenerationRequest Resolve(string? prompt, FluxGenerationOptions options, bool isOnCpu)
    {
        OptionChecks.Check(prompt, options, Transformer.Config.JointAttentionDim, _text is not null && _clip is not null, options.IsGuided);
        OptionChecks.Positive(options.NumImagesPerPrompt, nameof(options.NumImagesPerPrompt));
        if (!double.IsFinite(options.TrueCfgScale))
            throw new ArgumentOutOfRangeException(nameof(options), $"expected a finite {nameof(options.TrueCfgScale)}, found {options.TrueCfgScale}");
        CheckPooled(options.PromptEmbeds, options.PooledPromptEmbeds, nameof(options.PooledPromptEmbeds));
        CheckPooled(options.NegativePromptEmbeds, options.NegativePooledPromptEmbeds, nameof(options.NegativePooledPromptEmbeds));
        var scale = Vae.SpatialCompressionRatio;
        var height = OptionChecks.Pixels(options.Height ?? Side * scale, scale, Patch, nameof(options.Height));
        var width = OptionChecks.Pixels(options.Width ?? Side * scale, scale, Patch, nameof(options.Width));
        var (rows, columns) = (height / scale, width / scale);
        var tokens = (long)(rows / Patch) * (columns / Patch);
        var request = new GenerationRequest
        {
            Height = height,
            Width = width,
            LatentShape = [options.Results, tokens, Transformer.Config.InChannels],
            Grid = (1, rows, columns),
            Tokens = tokens,
            TextLength = options.TextLength(TextTokens),
            Layout = options.IsGuided ? GuidanceLayout.Sequential : GuidanceLayout.None,
        };
        RunSize.Check(request, Transformer.Config.InnerDim, options.PromptEmbeds is null, isOnCpu);
        OptionChecks.CheckLatents(options, request);
        return request;
    }

    private protected override ScheduleRequest ScheduleOf(FluxGenerationOptions options, GenerationRequest request) =>
        ScheduleRequest.ByTokens(Scheduler, options.NumInferenceSteps, request.LatentShape[1]);

    private protected override double GuidanceScaleAt(FluxGenerationOptions options, double timestep) => options.TrueCfgScale;

    private protected override Denoiser Prepare(string? prompt, FluxGenerationOptions options, GenerationContext context)
    {
        var (place, request) = (Place, context.Request);
        var (positive, negative) = AsWeight(EncodePrompts(
            options.Prompt2 ?? prompt, options.NegativePrompt2 ?? options.NegativePrompt, options, context, _text?.Model,
            (text, truncated) => _text!.Encode(text, request.TextLength, truncated, seesMask: false).Embeds), place);
        var pooled = Pooled(prompt, options.PooledPromptEmbeds);
        var negativePooled = request.IsGuided ? Pooled(options.NegativePrompt ?? "", options.NegativePooledPromptEmbeds) : null;
        var latents = StartingLatents(options, place.Dtype, () => FluxLatents.Pack(context.Noise(
            [request.Batch, Vae.Config.LatentChannels, request.Grid.Rows, request.Grid.Columns], place.Dtype, place.Device)));
        var ids = FluxPositionIds.Prepare(request.TextLength, request.Grid.Rows / Patch, request.Grid.Columns / Patch, place.Device);
        var guidance = Transformer.Config.GuidanceEmbeds
            ? TensorArithmetic.Full([request.Batch], options.GuidanceScale, ScalarType.Float32, place.Device)
            : null;
        return new Denoiser(
            context,
            latents,
            (input, timestep, branch) => Transformer.call(
                input,
                branch == GuidanceBranch.Unconditional ? negative! : positive,
                branch == GuidanceBranch.Unconditional ? negativePooled! : pooled,
                // Rounded to the latents' type before it is divided, as in diffusers.
                TensorArithmetic.Full([input.size(0)], timestep, input.dtype, input.device).Over(1000),
                guidance,
                ids),
            positive, negative, pooled, negativePooled, ids.Text, ids.Image, guidance);

        Tensor Pooled(string? text, Tensor? given)
        {
            // What CLIP has no place for, the T5 still reads.
            var rows = given ?? PooledOf(text!);
            var results = request.Batch / options.NumImagesPerPrompt;
            return AsWeight(PerResult(given is null ? rows.expand(results, -1) : rows, options), place, "The pooled text embeddings");
        }
    }

    private Tensor PooledOf(string text)
    {
        Summon(_clip!.Model);
        return _clip.EncodePooled(text, []);
    }

    private protected override Tensor DecodeFrames(
        Tensor latents, FluxGenerationOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken)
    {
        var place = Summon(Vae);
        var unpacked = FluxLatents.Unpack(latents, request.Grid.Rows, request.Grid.Columns).Over(Vae.Config.ScalingFactor).Plus(Vae.Config.ShiftFactor ?? 0);
        return Pixels.OfPictures(Vae.Decode(unpacked.MovedTo(place.Dtype, place.Device), cancellationToken));
    }

    private void CheckPooled(Tensor? embeds, Tensor? pooled, string name)
    {
        if (embeds is null != pooled is null)
            throw new ArgumentException($"{name} go with the embeddings of the same prompts, found {(pooled is null ? "only those" : "only these")}", name);
        if (pooled is not null && (pooled.dim() != 2 || pooled.size(0) != embeds!.size(0) || pooled.size(1) != Transformer.Config.PooledProjectionDim))
            throw InputCheck.Bad($"[{embeds!.size(0)}, {Transformer.Config.PooledProjectionDim}]", pooled, name);
    }
}
