using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of Mochi. Its timesteps rise from 0 to 1000; caches are told 1000 − t. State-dict names are those of diffusers.
/// Weights do not ask for gradients; call it under <see cref="no_grad"/> all the same where inputs do. Source: diffusers
/// <c>models/transformers/transformer_mochi.py</c>.
/// </summary>
[CacheableModel]
[BlockStack(nameof(transformer_blocks))]
[OutputProjection(nameof(proj_out))]
public sealed partial class MochiTransformer3DModel : Module<Tensor, Tensor, Tensor, Tensor, Tensor>, IPretrainedModel<MochiTransformer3DModel>
{
    private readonly PatchEmbed patch_embed;
    private readonly MochiCombinedTimestepCaptionEmbedding time_embed;
    private readonly Parameter pos_frequencies; // [3, heads, head dim / 2]
    private readonly MochiRoPE rope;
    private readonly ModuleList<MochiTransformerBlock> transformer_blocks;
    private readonly AdaLayerNormContinuous norm_out;
    private readonly LinearLayer proj_out;

    private MochiTransformer3DModel(MochiTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(MochiTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        long patch = config.PatchSize;
        patch_embed = new PatchEmbed(null, patch, config.InChannels, dim, device: device, dtype: dtype);
        time_embed = new MochiCombinedTimestepCaptionEmbedding(config, device, dtype);
        pos_frequencies = Parameter(zeros([3, config.NumAttentionHeads, config.AttentionHeadDim / 2], dtype: dtype, device: device));
        rope = new MochiRoPE();
        transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new MochiTransformerBlock(config, isLast: i == config.NumLayers - 1, device, dtype));
        norm_out = new AdaLayerNormContinuous(dim, dim, elementwiseAffine: false, eps: 1e-6, device: device, dtype: dtype);
        proj_out = Dense.Linear(dim, patch * patch * config.Outputs, true, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public MochiTransformer3DModelConfig Config { get; }

    string IPretrainedModel<MochiTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static MochiTransformer3DModel FromConfig(MochiTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new MochiTransformer3DModel(config, device, dtype);
    }

    static MochiTransformer3DModel IPretrainedModel<MochiTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(MochiTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the velocity of latents.</summary>
    /// <param name="hiddenStates">The latents, [batch, channels, frames, height, width].</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, text embed dim].</param>
    /// <param name="timestep">[batch] or [1], of any number type, from 0 (noise) to 1000.</param>
    /// <param name="encoderAttentionMask">
    /// Which prompt tokens take part, [batch, text]: true, or not 0. Those that do are taken one after the other, as diffusers does.
    /// </param>
    /// <returns>[batch, out channels, frames, height, width], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape or a type; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch] Tensor encoderAttentionMask);

    [CachedForward]
    private Tensor Compute(Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor encoderAttentionMask)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, encoderAttentionMask);
        var attended = encoderAttentionMask.to(ScalarType.Bool);
        var temb = time_embed.EmbedTime(timestep, encoderHiddenStates, attended);
        var encoder = time_embed.EmbedText(encoderHiddenStates);
        var hidden = EmbedVideo(hiddenStates);
        var mask = MochiPromptMask.Of(attended, hidden.size(1));
        var (frames, rows, columns) = Grid(hiddenStates);
        var positions = MochiRoPE.Positions(frames, rows, columns, hiddenStates.device);
        var rotary = rope.call(pos_frequencies, positions);

        foreach (var block in transformer_blocks)
        {
            var (nextHidden, nextEncoder) = block.call(hidden, encoder, temb, rotary, mask);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            encoder.Dispose();
            (hidden, encoder) = (nextHidden, nextEncoder);
        }

        var output = proj_out.call(norm_out.call(hidden, temb));
        return Unpatchify(output, hiddenStates).MoveToOuterDisposeScope();
    }

    /// <summary>What the first block's attention gets of the latents, [batch, latents, dim]: what TeaCache compares (<c>TeaCache4Mochi</c>).</summary>
    [ChangeIndicator]
    private Tensor ModulatedInput(Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor encoderAttentionMask)
    {
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, encoderAttentionMask);
        var hidden = EmbedVideo(hiddenStates);
        if (Config.NumLayers == 0)
            return hidden;
        var temb = time_embed.EmbedTime(timestep, encoderHiddenStates, encoderAttentionMask.to(ScalarType.Bool));
        return transformer_blocks[0].ModulatedInput(hidden, temb);
    }

    /// <summary>The latents' tokens, [batch, frames × rows × columns, dim].</summary>
    [NoSideEffects]
    private Tensor EmbedVideo(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var tokens = patch_embed.call(latents.transpose(1, 2).flatten(0, 1)); // [B·F, P, D]
        return tokens.view(latents.size(0), -1, tokens.size(2)).MoveToOuterDisposeScope();
    }

    [NoSideEffects]
    private (long Frames, long Rows, long Columns) Grid(Tensor latents) =>
        (latents.size(2), latents.size(3) / Config.PatchSize, latents.size(4) / Config.PatchSize);

    /// <summary>Lays the patches out as latents again.</summary>
    private Tensor Unpatchify(Tensor tokens, Tensor latents) =>
        PatchProjection.Unpatchify(tokens, Grid(latents), (1, Config.PatchSize, Config.PatchSize), Config.Outputs);
}
