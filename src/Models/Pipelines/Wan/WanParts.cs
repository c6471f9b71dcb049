namespace Afterimage.Models;

/// <summary>The parts that all pipelines of Wan have.</summary>
/// <param name="Tokenizer">Makes tokens of prompts; <see langword="null"/> where embeddings are given.</param>
/// <param name="TextEncoder">Makes embeddings of tokens; <see langword="null"/> where embeddings are given.</param>
/// <param name="Vae">Makes frames of latents, and latents of pictures.</param>
/// <param name="Transformer">Predicts; with a second one, the noisy steps.</param>
/// <param name="Scheduler">Goes from a prediction to the next latents.</param>
/// <param name="Transformer2">Predicts the steps below the boundary.</param>
/// <param name="BoundaryRatio">Which share of training's timesteps the second transformer makes.</param>
/// <param name="ExpandTimesteps">Whether every token has a timestep of its own.</param>
internal sealed record WanParts(
    T5Tokenizer? Tokenizer,
    T5EncoderModel? TextEncoder,
    AutoencoderKLWan Vae,
    WanTransformer3DModel Transformer,
    IScheduler Scheduler,
    WanTransformer3DModel? Transformer2,
    double? BoundaryRatio,
    bool ExpandTimesteps)
{
    private const string Transformer2Part = "transformer_2";

    /// <summary>What their indices name.</summary>
    public static IReadOnlyList<PipelinePart> All { get; } =
    [
        new(PartNames.Scheduler, nameof(UniPCMultistepScheduler), nameof(FlowMatchEulerDiscreteScheduler)),
        new(PartNames.Tokenizer, nameof(T5Tokenizer), "T5TokenizerFast") { IsOptional = true },
        new(PartNames.TextEncoder, T5EncoderModelConfig.Umt5ClassName, nameof(T5EncoderModel)) { IsOptional = true },
        new(PartNames.Transformer, nameof(WanTransformer3DModel)),
        new(Transformer2Part, nameof(WanTransformer3DModel)) { IsOptional = true },
        new(PartNames.Vae, nameof(AutoencoderKLWan)),
    ];

    /// <summary>Those of a folder.</summary>
    /// <exception cref="ArgumentException">One is missing, or something else.</exception>
    public static WanParts Of(PipelineParts parts) => new(
        parts.Find<T5Tokenizer>(PartNames.Tokenizer),
        parts.Find<T5EncoderModel>(PartNames.TextEncoder),
        parts.Get<AutoencoderKLWan>(PartNames.Vae),
        parts.Get<WanTransformer3DModel>(PartNames.Transformer),
        parts.Get<IScheduler>(PartNames.Scheduler),
        parts.Find<WanTransformer3DModel>(Transformer2Part),
        parts.Number("boundary_ratio"),
        parts.Flag("expand_timesteps"));

    /// <summary>Refuses transformers that do not go with each other or with the autoencoder.</summary>
    /// <param name="channels">Of what the transformers are given.</param>
    /// <param name="what">What these are.</param>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void CheckTransformers(int channels, string what)
    {
        if (Transformer2 is { Config: var second } && Shared(second) != Shared(Transformer.Config))
            throw new ArgumentException($"expected two transformers of one patch_size, text_dim, image_dim and pos_embed_seq_len, found {Shared(Transformer.Config)} and {Shared(second)}");
        foreach (var config in new[] { Transformer, Transformer2 }.OfType<WanTransformer3DModel>().Select(model => model.Config))
        {
            if (config.InChannels != channels || config.Outputs != Vae.Config.ZDim)
            {
                throw new ArgumentException(
                    $"expected a transformer from {channels} channels, {what}, to the {Vae.Config.ZDim} of the autoencoder's latents; found one from {config.InChannels} to "
                    + $"{config.Outputs}");
            }
        }
        if (BoundaryRatio is not (null or (> 0 and < 1)))
            throw new ArgumentException($"expected a boundary_ratio between 0 and 1, found {BoundaryRatio}");
        if (Transformer2 is null != BoundaryRatio is null)
            throw new ArgumentException($"a boundary_ratio goes with a {Transformer2Part}, found {(BoundaryRatio is null ? "only the latter" : "only the former")}");

        static ((int, int, int) Patch, int Text, int? Image, int? Positions) Shared(WanTransformer3DModelConfig config) =>
            (config.PatchSize, config.TextDim, config.ImageDim, config.PosEmbedSeqLen);
    }
}
