using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Text to video with Wan 2.1, and with the two transformers of Wan 2.2 A14B, of which the first makes the noisy steps and the second the others; each has a cache
/// of its own. Source: diffusers <c>pipelines/wan/pipeline_wan.py</c>.
/// </summary>
/// <remarks>Latents are [batch, channels, frames, height, width], float32.</remarks>
public sealed class WanPipeline : DiffusionPipeline<WanPipeline, WanGenerationOptions>, IPretrainedPipeline<WanPipeline>
{
    private const string Transformer2Part = "transformer_2";
    private const int TextTokens = 512;

    private readonly T5PromptEncoder? _text;

    /// <summary>Puts a pipeline together. It owns the parts, which are freed with it.</summary>
    /// <param name="tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
    /// <param name="textEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
    /// <param name="vae">Makes frames of latents.</param>
    /// <param name="transformer">Predicts; with a second one, the noisy steps.</param>
    /// <param name="scheduler">A <see cref="UniPCMultistepScheduler"/> or a <see cref="FlowMatchEulerDiscreteScheduler"/>.</param>
    /// <param name="transformer2">Predicts the steps below the boundary.</param>
    /// <param name="boundaryRatio">Which share of training's timesteps the second transformer makes; <see langword="null"/> where there is none.</param>
    /// <exception cref="ArgumentException">The parts do not go together; the message says which and why.</exception>
    public WanPipeline(
        T5Tokenizer? tokenizer, T5EncoderModel? textEncoder, AutoencoderKLWan vae, WanTransformer3DModel transformer, IScheduler scheduler,
        WanTransformer3DModel? transformer2 = null, double? boundaryRatio = null)
        : base(transformer, scheduler, textEncoder, vae, transformer2)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(transformer);
        (_text, Vae, Transformer, Transformer2, BoundaryRatio) = (T5PromptEncoder.Of(tokenizer, textEncoder), vae, transformer, transformer2, boundaryRatio);
        _text?.CheckWidth(transformer.Config.TextDim, "text_dim");
        foreach (var part in CacheableModels.Cast<WanTransformer3DModel>())
        {
            if (part.Config.InChannels != vae.Config.ZDim || part.Config.Outputs != vae.Config.ZDim)
            {
                throw new ArgumentException(
                    $"expected a transformer of text-to-video, from the {vae.Config.ZDim} channels of the autoencoder's latents to as many; found one from "
                    + $"{part.Config.InChannels} to {part.Config.Outputs} (image-to-video?)");
            }
        }
        if (boundaryRatio is not (null or (> 0 and < 1)))
            throw new ArgumentException($"expected a boundary_ratio between 0 and 1, found {boundaryRatio}");
        if (transformer2 is null != boundaryRatio is null)
            throw new ArgumentException($"a boundary_ratio goes with a {Transformer2Part}, found {(boundaryRatio is null ? "only the latter" : "only the former")}");
    }

    /// <inheritdoc/>
    public static IReadOnlyList<PipelinePart> Parts { get; } =
    [
        new(PartNames.Scheduler, nameof(UniPCMultistepScheduler), nameof(FlowMatchEulerDiscreteScheduler)),
        new(PartNames.Tokenizer, nameof(T5Tokenizer), "T5TokenizerFast") { IsOptional = true },
        new(PartNames.TextEncoder, T5EncoderModelConfig.Umt5ClassName, nameof(T5EncoderModel)) { IsOptional = true },
        new(PartNames.Transformer, nameof(WanTransformer3DModel)),
        new(Transformer2Part, nameof(WanTransformer3DModel)) { IsOptional = true },
        new(PartNames.Vae, nameof(AutoencoderKLWan)),
    ];

    /// <summary>Makes frames of latents.</summary>
    public new AutoencoderKLWan Vae { get; }

    /// <summary>Predicts; where there is a second one, the noisy steps. Caches are enabled here.</summary>
    public WanTransformer3DModel Transformer { get; }

    /// <summary>Predicts the steps below the boundary, where there is one. It has a cache of its own.</summary>
    public WanTransformer3DModel? Transformer2 { get; }

    /// <summary>The share of training's timesteps that <see cref="Transformer2"/> makes.</summary>
    public double? BoundaryRatio { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<ICacheableModel> CacheableModels => Transformer2 is null ? [Transformer] : [Transformer, Transformer2];

    /// <inheritdoc/>
    public static WanPipeline FromParts(PipelineParts parts)
    {
        if (parts.Flag("expand_timesteps"))
            throw new NotSupportedException("expand_timesteps, a timestep for every token as Wan 2.2 TI2V-5B has it, is not supported here yet");
        return new(
            parts.Find<T5Tokenizer>(PartNames.Tokenizer),
            parts.Find<T5EncoderModel>(PartNames.TextEncoder),
            parts.Get<AutoencoderKLWan>(PartNames.Vae),
            parts.Get<WanTransformer3DModel>(PartNames.Transformer),
            parts.Get<IScheduler>(PartNames.Scheduler),
            parts.Find<WanTransformer3DModel>(Transformer2Part),
            parts.Number("boundary_ratio"));
    }

    private protected override GenerationRequest Resolve(string? prompt, WanGenerationOptions options, bool isOnCpu)
    {
        var isGuided = options.GuidanceScale > 1;
        var config = Transformer.Config;
        OptionChecks.Check(prompt, options, config.TextDim, _text is not null, isGuided);
        if (options.GuidanceScale2 is { } second && (Transformer2 is null || !double.IsFinite(second)))
            throw new ArgumentException($"{nameof(options.GuidanceScale2)} {second}: expected a finite one, and a pipeline with a second transformer", nameof(options));
        var scale = Vae.SpatialCompressionRatio;
        var height = OptionChecks.Pixels(options.Height ?? 480, scale, config.PatchSize.Rows, nameof(options.Height));
        var width = OptionChecks.Pixels(options.Width ?? 832, scale, config.PatchSize.Columns, nameof(options.Width));
        var asked = options.NumFrames ?? 81;
        // Down to one more than a multiple, as diffusers rounds it.
        var frames = Math.Max(1, asked % Vae.TemporalCompressionRatio == 1 ? asked : asked / Vae.TemporalCompressionRatio * Vae.TemporalCompressionRatio + 1);
        var grid = ((frames - 1) / Vae.TemporalCompressionRatio + 1, height / scale, width / scale);
        var request = new GenerationRequest
        {
            Height = height,
            Width = width,
            Frames = asked,
            LeastFrames = frames,
            LatentShape = [options.Results, config.InChannels, grid.Item1, grid.Item2, grid.Item3],
            Grid = grid,
            Tokens = (double)grid.Item1 / config.PatchSize.Frames * ((double)grid.Item2 / config.PatchSize.Rows) * ((double)grid.Item3 / config.PatchSize.Columns),
            TextLength = options.TextLength(TextTokens),
            Layout = isGuided ? GuidanceLayout.Sequential : GuidanceLayout.None,
        };
        RunSize.Check(request, config.InnerDim, options.PromptEmbeds is null, isOnCpu);
        OptionChecks.CheckLatents(options, request);
        return request;
    }

    private protected override IReadOnlyList<DenoisingSpan> SpansOf(IReadOnlyList<double> timesteps)
    {
        if (Transformer2 is null)
            return base.SpansOf(timesteps);
        var noisy = timesteps.TakeWhile(timestep => timestep >= Boundary).Count();
        DenoisingSpan[] spans = [new(Transformer, 0, noisy), new(Transformer2, noisy, timesteps.Count)];
        return [.. spans.Where(span => span.First < span.End)];
    }

    private protected override double GuidanceScaleAt(WanGenerationOptions options, double timestep) =>
        Transformer2 is not null && timestep < Boundary ? options.GuidanceScale2 ?? options.GuidanceScale : options.GuidanceScale;

    private double Boundary => BoundaryRatio!.Value * Scheduler.NumTrainTimesteps;

    private protected override Denoiser Prepare(string? prompt, WanGenerationOptions options, GenerationContext context)
    {
        var place = Place;
        var (positive, negative) = EncodePrompts(prompt, options.NegativePrompt, options, context, _text?.Model, (text, truncated) =>
        {
            var (embeds, mask) = _text!.Encode(PromptCleaning.Clean(text), context.Request.TextLength, truncated, seesMask: true);
            return embeds.Masked(mask.IsEqual(0).unsqueeze(-1), 0);
        });
        positive = AsWeight(positive, place);
        negative = negative is null ? null : AsWeight(negative, place);
        var latents = StartingLatents(options, ScalarType.Float32, () => context.Noise(context.Request.LatentShape, ScalarType.Float32, place.Device));
        return new Denoiser(
            context,
            latents,
            (input, timestep, branch) => ModelAt(timestep).call(
                input.to(place.Dtype),
                TensorArithmetic.Full([input.size(0)], timestep, ScalarType.Float32, input.device),
                branch == GuidanceBranch.Unconditional ? negative! : positive),
            positive, negative);

        WanTransformer3DModel ModelAt(double timestep) => Transformer2 is not null && timestep < Boundary ? Transformer2 : Transformer;
    }

    private protected override Tensor DecodeFrames(
        Tensor latents, WanGenerationOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken)
    {
        var place = Summon(Vae);
        var given = latents.to(place.Dtype, place.Device);
        var unscaled = LatentScale.Undo(given, Vae.Config.LatentsMean, Vae.Config.LatentsStd);
        return Pixels.OfVideo(Vae.Decode(unscaled, cancellationToken));
    }
}
