using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of CogVideoX: 2b (position table), 5b (rotary positions), 1.5 (patches over frames, ofs), text-to-video and
/// image-to-video. State-dict names are those of diffusers. Weights do not ask for gradients; call it under
/// <see cref="no_grad"/> all the same where inputs do. Source: diffusers
/// <c>models/transformers/cogvideox_transformer_3d.py</c>.
/// </summary>
[CacheableModel]
[BlockStack(nameof(transformer_blocks))]
[OutputProjection(nameof(proj_out))]
[SequenceParallel("hidden")]
[SequenceParallel("encoder")]
[SequencePositions("rotary", "hidden")]
public sealed partial class CogVideoXTransformer3DModel : Module<Tensor, Tensor, Tensor, Tensor?, Tensor?, RotaryEmbedding?, Tensor>, IPretrainedModel<CogVideoXTransformer3DModel>
{
    private readonly CogVideoXPatchEmbed patch_embed;
    private readonly Dropout embedding_dropout;
    private readonly Timesteps time_proj;
    private readonly TimestepEmbedding time_embedding;
    private readonly Timesteps? ofs_proj;
    private readonly TimestepEmbedding? ofs_embedding;
    private readonly ModuleList<CogVideoXBlock> transformer_blocks;
    private readonly LayerNormalization norm_final;
    private readonly AdaLayerNorm norm_out;
    private readonly LinearLayer proj_out;

    private CogVideoXTransformer3DModel(CogVideoXTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        patch_embed = new CogVideoXPatchEmbed(config, device, dtype);
        embedding_dropout = Dropout(config.Dropout);
        time_proj = new Timesteps(dim, config.FlipSinToCos, config.FreqShift);
        time_embedding = new TimestepEmbedding(dim, config.TimeEmbedDim, config.TimestepActivationFn, device: device, dtype: dtype);
        if (config.OfsEmbedDim is { } width)
        {
            ofs_proj = new Timesteps(width, config.FlipSinToCos, config.FreqShift);
            ofs_embedding = new TimestepEmbedding(width, width, config.TimestepActivationFn, device: device, dtype: dtype);
        }

        transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new CogVideoXBlock(config, device, dtype));
        norm_final = new LayerNormalization(dim, config.NormEps, config.NormElementwiseAffine, device, dtype);
        norm_out = new AdaLayerNorm(config.TimeEmbedDim, dim, config.NormElementwiseAffine, config.NormEps, device, dtype);
        long patch = config.PatchSize;
        proj_out = Dense.Linear(dim, patch * patch * (config.PatchSizeT ?? 1) * config.Outputs, true, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public CogVideoXTransformer3DModelConfig Config { get; }

    string IPretrainedModel<CogVideoXTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static CogVideoXTransformer3DModel FromConfig(CogVideoXTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new CogVideoXTransformer3DModel(config, device, dtype);
    }

    static CogVideoXTransformer3DModel IPretrainedModel<CogVideoXTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(CogVideoXTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the noise (or velocity) in latents.</summary>
    /// <param name="hiddenStates">The latents, [batch, frames, channels, height, width].</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="timestep">[batch] or [1], of any number type.</param>
    /// <param name="timestepCond">Always <see langword="null"/>: no CogVideoX has a condition here.</param>
    /// <param name="ofs">[batch] or [1], for models with an ofs embedding only. Where a cache halves the batch of guidance, [1].</param>
    /// <param name="imageRotaryEmb">
    /// Rotary positions of the video tokens, from <see cref="PrepareRotaryPositionalEmbeddings(long, long, long, Device)"/>,
    /// for models with rotary positions only.
    /// </param>
    /// <returns>[batch, frames, out channels, height, width], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape, a type or a missing argument; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor timestep,
        Tensor? timestepCond,
        Tensor? ofs,
        RotaryEmbedding? imageRotaryEmb);

    [CachedForward]
    private Tensor Compute(
        Tensor hiddenStates,
        Tensor encoderHiddenStates,
        Tensor timestep,
        Tensor? timestepCond,
        Tensor? ofs,
        RotaryEmbedding? imageRotaryEmb)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, ofs, imageRotaryEmb);
        var temb = EmbedTime(hiddenStates.dtype, timestep, timestepCond, ofs);
        var hidden = EmbedVideo(hiddenStates);
        var encoder = EmbedText(encoderHiddenStates, hiddenStates);
        var rotary = imageRotaryEmb;

        foreach (var block in transformer_blocks)
        {
            var (nextHidden, nextEncoder) = block.call(hidden, encoder, temb, rotary);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            encoder.Dispose();
            (hidden, encoder) = (nextHidden, nextEncoder);
        }

        var output = proj_out.call(norm_out.call(norm_final.call(hidden), temb));
        return Unpatchify(output, hiddenStates).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Per step of a run, how much the embedding of its timestep differs from that of the step before, for <see cref="TeaCacheConfig.TimestepChanges"/>.
    /// </summary>
    /// <param name="timesteps">The timesteps of the run, in order.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public IReadOnlyList<double> TimestepChanges(IReadOnlyList<double> timesteps) =>
        TimestepChange.Of(timesteps, this, times => time_embedding.call(time_proj.call(times).to(time_embedding.Dtype), null));

    /// <summary>The embedding of the timestep: what TeaCache compares (<c>TeaCache4CogVideoX1.5</c>).</summary>
    [ChangeIndicator]
    private Tensor TimeEmbedding(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? timestepCond, Tensor? ofs, RotaryEmbedding? imageRotaryEmb)
    {
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, ofs, imageRotaryEmb);
        return EmbedTime(hiddenStates.dtype, timestep, timestepCond, ofs);
    }

    /// <summary>The video tokens. Dropout draws numbers in training only, where nothing is cached.</summary>
    [NoSideEffects]
    private Tensor EmbedVideo(Tensor latents)
    {
        var tokens = patch_embed.EmbedVideo(latents);
        return training ? embedding_dropout.call(tokens) : tokens;
    }

    /// <summary>The prompt tokens, as <see cref="EmbedVideo"/>.</summary>
    [NoSideEffects]
    private Tensor EmbedText(Tensor text, Tensor latents)
    {
        var tokens = patch_embed.EmbedText(text, latents);
        return training ? embedding_dropout.call(tokens) : tokens;
    }

    /// <summary>The embedding of the timestep, and of ofs where there is one: [batch, time embed dim].</summary>
    [NoSideEffects]
    private Tensor EmbedTime(ScalarType dtype, Tensor timestep, Tensor? timestepCond, Tensor? ofs)
    {
        // The frequencies are float32 whatever the model's type is.
        var temb = time_embedding.call(time_proj.call(timestep).to(dtype), timestepCond);
        return ofs_proj is null ? temb : temb.Plus(ofs_embedding!.call(ofs_proj.call(ofs!).to(dtype), null));
    }

    /// <summary>Lays the patches out as latents again.</summary>
    private Tensor Unpatchify(Tensor tokens, Tensor latents)
    {
        long patch = Config.PatchSize;
        long depth = Config.PatchSizeT ?? 1;
        var (batch, frames, height, width) = (latents.size(0), latents.size(1), latents.size(3), latents.size(4));
        return tokens
            .view(batch, frames / depth, height / patch, width / patch, Config.Outputs, depth, patch, patch)
            .permute(0, 1, 5, 4, 2, 6, 3, 7) // [B, F, f, C, h, p, w, p]
            .reshape(batch, frames, Config.Outputs, height, width);
    }
}
