using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of Hunyuan Video, text to video and image to video: a refiner of the prompt, double-stream blocks, then single-stream
/// blocks. State-dict names are those of diffusers. Weights do not ask for gradients; call it under <see cref="no_grad"/> all the same
/// where inputs do. Source: diffusers <c>models/transformers/transformer_hunyuan_video.py</c>.
/// </summary>
/// <remarks>
/// Guidance is distilled into it. With true guidance its pipeline calls it twice a step: begin such a run with
/// <see cref="GuidanceLayout.Sequential"/>.
/// </remarks>
[CacheableModel(GuidanceLayout.None)]
[BlockStack(nameof(transformer_blocks))]
[BlockStack(nameof(single_transformer_blocks))]
[OutputProjection(nameof(proj_out))]
public sealed partial class HunyuanVideoTransformer3DModel
    : Module<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor>, IPretrainedModel<HunyuanVideoTransformer3DModel>
{
    private readonly PatchTokens x_embedder;
    private readonly HunyuanVideoTokenRefiner context_embedder;
    private readonly CombinedTimestepGuidanceTextProjEmbeddings time_text_embed;
    private readonly GridRotaryPosEmbed rope;
    private readonly ModuleList<HunyuanVideoTransformerBlock> transformer_blocks;
    private readonly ModuleList<HunyuanVideoSingleTransformerBlock> single_transformer_blocks;
    private readonly AdaLayerNormContinuous norm_out;
    private readonly LinearLayer proj_out;

    private HunyuanVideoTransformer3DModel(HunyuanVideoTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(HunyuanVideoTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        long patch = config.PatchSize, depth = config.PatchSizeT;
        var (frames, rows, columns) = config.RopeAxesDim;
        x_embedder = new PatchTokens(config.InChannels, dim, [depth, patch, patch], device, dtype);
        context_embedder = new HunyuanVideoTokenRefiner(config, device, dtype);
        time_text_embed = new CombinedTimestepGuidanceTextProjEmbeddings(dim, config.PooledProjectionDim, config.GuidanceEmbeds, device, dtype);
        rope = new GridRotaryPosEmbed((depth, patch, patch), [frames, rows, columns], config.RopeTheta, ScalarType.Float32);
        transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new HunyuanVideoTransformerBlock(config, device, dtype));
        single_transformer_blocks = [];
        for (var i = 0; i < config.NumSingleLayers; i++)
            single_transformer_blocks.Add(new HunyuanVideoSingleTransformerBlock(config, device, dtype));
        norm_out = new AdaLayerNormContinuous(dim, dim, elementwiseAffine: false, eps: 1e-6, device: device, dtype: dtype);
        proj_out = Dense.Linear(dim, depth * patch * patch * config.Outputs, true, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public HunyuanVideoTransformer3DModelConfig Config { get; }

    string IPretrainedModel<HunyuanVideoTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    /// <exception cref="NotSupportedException">The norm of queries and keys is not here.</exception>
    public static HunyuanVideoTransformer3DModel FromConfig(
        HunyuanVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new HunyuanVideoTransformer3DModel(config, device, dtype);
    }

    static HunyuanVideoTransformer3DModel IPretrainedModel<HunyuanVideoTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(HunyuanVideoTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the velocity of latents.</summary>
    /// <param name="hiddenStates">
    /// The latents, [batch, channels, frames, height, width]; with latent_concat the image's latents and their mask beside them, with
    /// token_replace the image's latents as their first frame.
    /// </param>
    /// <param name="timestep">[batch] or [1], of any number type, from 0 to 1000.</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="encoderAttentionMask">
    /// Not 0 where a token is of the prompt, [batch, text], of any type. As many tokens from the first on are looked at by the video as it
    /// counts, so what is none comes last.
    /// </param>
    /// <param name="pooledProjections">The prompt's pooled embedding, [batch, pooled projection dim].</param>
    /// <param name="guidance">The guidance scale times 1000, [batch] or [1], exactly where the model embeds it.</param>
    /// <returns>[batch, out channels, frames, height, width], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape, a type or a missing argument; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor encoderAttentionMask,
        [GuidanceBatch] Tensor pooledProjections,
        [GuidanceBatch] Tensor? guidance);

    [CachedForward]
    private Tensor Compute(
        Tensor hiddenStates,
        Tensor timestep,
        Tensor encoderHiddenStates,
        Tensor encoderAttentionMask,
        Tensor pooledProjections,
        Tensor? guidance)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, timestep, encoderHiddenStates, encoderAttentionMask, pooledProjections, guidance);
        var conditioning = EmbedTime(hiddenStates, timestep, guidance, pooledProjections);
        var rotary = rope.call(hiddenStates);
        var hidden = x_embedder.call(hiddenStates);
        var encoder = context_embedder.call(encoderHiddenStates, timestep, encoderAttentionMask);
        var mask = LookedAt(encoderAttentionMask, hidden.size(1));

        foreach (var block in transformer_blocks)
        {
            var (nextHidden, nextEncoder) = block.call(hidden, encoder, conditioning, rotary, mask);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            encoder.Dispose();
            (hidden, encoder) = (nextHidden, nextEncoder);
        }

        var tokens = cat([encoder, hidden], dim: 1);
        foreach (var block in single_transformer_blocks)
        {
            var next = block.call(tokens, conditioning, rotary, mask);
            tokens.Dispose();
            tokens = next;
        }

        var video = tokens.narrow(1, encoder.size(1), hidden.size(1));
        var output = proj_out.call(norm_out.call(video, conditioning.Temb));
        return Unpatchify(output, hiddenStates).MoveToOuterDisposeScope();
    }

    /// <summary>What the first block's attention would get, [batch, video, dim]: what TeaCache compares (<c>TeaCache4HunyuanVideo</c>).</summary>
    [ChangeIndicator]
    private Tensor ModulatedInput(
        Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor encoderAttentionMask, Tensor pooledProjections, Tensor? guidance)
    {
        CheckInputs(hiddenStates, timestep, encoderHiddenStates, encoderAttentionMask, pooledProjections, guidance);
        var hidden = x_embedder.call(hiddenStates);
        return Config.NumLayers == 0 ? hidden
            : transformer_blocks[0].ModulatedInput(hidden, EmbedTime(hiddenStates, timestep, guidance, pooledProjections));
    }

    [NoSideEffects]
    private HunyuanVideoConditioning EmbedTime(Tensor latents, Tensor timestep, Tensor? guidance, Tensor pooledProjections)
    {
        var temb = time_text_embed.call(timestep, guidance, pooledProjections);
        if (!Config.ReplacesTokens)
            return new HunyuanVideoConditioning(temb, null, 0);
        using var start = zeros_like(timestep);
        return new HunyuanVideoConditioning(
            temb,
            time_text_embed.WithoutGuidance(start, pooledProjections),
            latents.size(3) / Config.PatchSize * (latents.size(4) / Config.PatchSize));
    }

    /// <summary>Which tokens are looked at, [batch, 1, 1, text + video]: as many of the prompt as its mask counts, and all of the video.</summary>
    [NoSideEffects]
    private static Tensor LookedAt(Tensor mask, long video)
    {
        using var scope = NewDisposeScope();
        var counts = mask.to(ScalarType.Int64).sum(1).unsqueeze(1);
        var prompt = TensorArithmetic.Range(mask.size(1), device: mask.device).unsqueeze(0).lt(counts);
        var all = ones(mask.size(0), video, dtype: ScalarType.Bool, device: mask.device);
        return cat([prompt, all], dim: 1).view(mask.size(0), 1, 1, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Lays the patches, whose channels come first, out as latents again.</summary>
    private Tensor Unpatchify(Tensor output, Tensor latents)
    {
        using var scope = NewDisposeScope();
        long patch = Config.PatchSize, depth = Config.PatchSizeT;
        return output
            .view(latents.size(0), latents.size(2) / depth, latents.size(3) / patch, latents.size(4) / patch, Config.Outputs, depth, patch, patch)
            .permute(0, 4, 1, 5, 2, 6, 3, 7) // [B, C, F, t, h, p, w, q]
            .reshape(latents.size(0), Config.Outputs, latents.size(2), latents.size(3), latents.size(4))
            .MoveToOuterDisposeScope();
    }
}
