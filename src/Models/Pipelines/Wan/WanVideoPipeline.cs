using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What the pipelines of Wan share: one transformer, or the two of Wan 2.2 A14B, of which the first makes the noisy steps and the second the others; each has a
/// cache of its own. Latents are [batch, channels, frames, height, width], float32.
/// </summary>
/// <typeparam name="TSelf">The pipeline.</typeparam>
/// <typeparam name="TOptions">What it is asked for besides a prompt.</typeparam>
public abstract class WanVideoPipeline<TSelf, TOptions> : DiffusionPipeline<TSelf, TOptions>
    where TSelf : WanVideoPipeline<TSelf, TOptions>, IPretrainedPipeline<TSelf>
    where TOptions : WanGenerationOptions, new()
{
    private readonly T5PromptEncoder? _text;

    /// <param name="parts">What all of them have.</param>
    /// <param name="others">The other models, where they are.</param>
    private protected WanVideoPipeline(WanParts parts, params IEnumerable<nn.Module?> others)
        : base(parts.Transformer, parts.Scheduler, [parts.TextEncoder, parts.Vae, parts.Transformer2, .. others])
    {
        ArgumentNullException.ThrowIfNull(parts.Vae);
        ArgumentNullException.ThrowIfNull(parts.Transformer);
        _text = T5PromptEncoder.Of(parts.Tokenizer, parts.TextEncoder);
        (Vae, Transformer, Transformer2) = (parts.Vae, parts.Transformer, parts.Transformer2);
        (BoundaryRatio, ExpandTimesteps) = (parts.BoundaryRatio, parts.ExpandTimesteps);
        _text?.CheckWidth(Transformer.Config.TextDim, "text_dim");
    }

    /// <summary>Makes frames of latents, and latents of pictures. It may be on another device than the transformer, and of another type.</summary>
    public new AutoencoderKLWan Vae { get; }

    /// <summary>Predicts; where there is a second one, the noisy steps. Caches are enabled here.</summary>
    public WanTransformer3DModel Transformer { get; }

    /// <summary>Predicts the steps below the boundary, where there is one. It has a cache of its own.</summary>
    public WanTransformer3DModel? Transformer2 { get; }

    /// <summary>The share of training's timesteps that <see cref="Transformer2"/> makes.</summary>
    public double? BoundaryRatio { get; }

    /// <summary>Whether every token has a timestep of its own, as Wan 2.2 TI2V-5B was trained.</summary>
    public bool ExpandTimesteps { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<ICacheableModel> CacheableModels => Transformer2 is null ? [Transformer] : [Transformer, Transformer2];

    private protected override GenerationRequest Resolve(string? prompt, TOptions options, bool isOnCpu)
    {
        var request = WanRequest.Resolve(prompt, options, Transformer.Config, Vae, _text is not null, isOnCpu);
        if (options.GuidanceScale2 is { } second && (Transformer2 is null || !double.IsFinite(second)))
            throw new ArgumentException($"{nameof(options.GuidanceScale2)} {second}: expected a finite one, and a pipeline with a second transformer", nameof(options));
        return request;
    }

    private protected sealed override IReadOnlyList<DenoisingSpan> SpansOf(IReadOnlyList<double> timesteps)
    {
        var noisy = timesteps.TakeWhile(timestep => ModelAt(timestep) == Transformer).Count();
        DenoisingSpan[] spans = [new(Transformer, 0, noisy), .. Transformer2 is null ? (DenoisingSpan[])[] : [new(Transformer2, noisy, timesteps.Count)]];
        return [.. spans.Where(span => span.First < span.End)];
    }

    private protected sealed override double GuidanceScaleAt(TOptions options, double timestep) =>
        ModelAt(timestep) == Transformer ? options.GuidanceScale : options.GuidanceScale2 ?? options.GuidanceScale;

    /// <summary>Who makes the step of a timestep.</summary>
    private protected WanTransformer3DModel ModelAt(double timestep) =>
        Transformer2 is not null && timestep < BoundaryRatio * Scheduler.NumTrainTimesteps ? Transformer2 : Transformer;

    /// <summary>What the transformer is told of a step's timestep: [batch], or where every token has its own [batch, tokens].</summary>
    /// <param name="timestep">The step's.</param>
    /// <param name="request">The sizes.</param>
    /// <param name="given">How many latent frames are given and not made: their timestep is 0.</param>
    private protected Tensor TimestepsOf(double timestep, GenerationRequest request, int given = 0)
    {
        var device = Place.Device;
        if (!ExpandTimesteps)
            return TensorArithmetic.Full([request.Batch], timestep, ScalarType.Float32, device);
        var ofFrame = request.Tokens * Transformer.Config.PatchSize.Frames / request.Grid.Frames;
        var done = given / Transformer.Config.PatchSize.Frames * (long)ofFrame;
        return cat([
            zeros([request.Batch, done], ScalarType.Float32, device),
            TensorArithmetic.Full([request.Batch, (long)request.Tokens - done], timestep, ScalarType.Float32, device),
        ], 1);
    }

    /// <summary>The prompts' embeddings as the transformer takes them: one row for every result, and with guidance as many negative ones.</summary>
    private protected (Tensor Positive, Tensor? Negative) Prompts(string? prompt, TOptions options, GenerationContext context)
    {
        return AsWeight(EncodePrompts(prompt, options.NegativePrompt, options, context, _text?.Model, (text, truncated) =>
        {
            var (embeds, mask) = _text!.Encode(PromptCleaning.Clean(text), context.Request.TextLength, truncated, seesMask: true);
            return embeds.Masked(mask.IsEqual(0).unsqueeze(-1), 0);
        }), Place);
    }

    /// <summary>The noise to begin with.</summary>
    private protected Tensor Noise(TOptions options, GenerationContext context) =>
        StartingLatents(options, ScalarType.Float32, () => context.Noise(context.Request.LatentShape, ScalarType.Float32, Place.Device));

    private protected sealed override Tensor DecodeFrames(
        Tensor latents, TOptions options, GenerationRequest request, Generator? generator, CancellationToken cancellationToken)
    {
        var place = Summon(Vae);
        var unscaled = LatentScale.Undo(latents.MovedTo(place.Dtype, place.Device), Vae.Config.LatentsMean, Vae.Config.LatentsStd);
        return Pixels.OfVideo(Vae.Decode(unscaled, cancellationToken));
    }
}
