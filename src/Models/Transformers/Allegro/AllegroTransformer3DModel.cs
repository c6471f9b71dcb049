using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of Allegro, text to video. State-dict names are those of diffusers. Weights do not ask for gradients; call it under
/// <see cref="no_grad"/> all the same where inputs do. Source: diffusers <c>models/transformers/transformer_allegro.py</c>.
/// </summary>
[CacheableModel]
[BlockStack(nameof(transformer_blocks))]
[OutputProjection(nameof(proj_out))]
public sealed partial class AllegroTransformer3DModel
    : Module<Tensor, Tensor, Tensor, Tensor?, Tensor?, RotaryEmbedding?, Tensor>, IPretrainedModel<AllegroTransformer3DModel>
{
    private readonly PatchTokens pos_embed;
    private readonly ModuleList<AllegroTransformerBlock> transformer_blocks;
    private readonly LayerNormalization norm_out;
    private readonly Parameter scale_shift_table; // [2, D]
    private readonly LinearLayer proj_out;
    private readonly AdaLayerNormSingle adaln_single;
    private readonly PixArtAlphaTextProjection caption_projection;

    private AllegroTransformer3DModel(AllegroTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AllegroTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        long dim = config.InnerDim, patch = config.PatchSize;
        pos_embed = new PatchTokens(config.InChannels, dim, [patch, patch], device, dtype);
        transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new AllegroTransformerBlock(config, device, dtype));
        norm_out = new LayerNormalization(dim, 1e-6, false, device, dtype);
        scale_shift_table = ModulationTable.New([2, dim], device, dtype);
        proj_out = Dense.Linear(dim, patch * patch * config.OutChannels, true, device, dtype);
        adaln_single = new AdaLayerNormSingle(dim, device, dtype);
        caption_projection = new PixArtAlphaTextProjection(config.CaptionChannels, dim, "gelu_tanh", device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AllegroTransformer3DModelConfig Config { get; }

    string IPretrainedModel<AllegroTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static AllegroTransformer3DModel FromConfig(AllegroTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AllegroTransformer3DModel(config, device, dtype);
    }

    static AllegroTransformer3DModel IPretrainedModel<AllegroTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AllegroTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the noise (or velocity) in latents.</summary>
    /// <param name="hiddenStates">The latents, [batch, channels, frames, height, width].</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, caption channels], or [batch, 1, text, caption channels].</param>
    /// <param name="timestep">[batch] or [1], of any number type.</param>
    /// <param name="attentionMask">
    /// Which latents to look at: [batch, frames or more, height, width], not 0 where to look; or [batch, 1, video tokens] of numbers that are
    /// added to the scores. Null for all.
    /// </param>
    /// <param name="encoderAttentionMask">
    /// Which prompt tokens to look at: [batch, text], 1 where to look and 0 where not; or [batch, 1, text] of numbers that are added to the
    /// scores. Null for all.
    /// </param>
    /// <param name="imageRotaryEmb">Positions of the video tokens (<see cref="PrepareRotaryPositionalEmbeddings(long, long, long, Device)"/>), or null for none.</param>
    /// <returns>[batch, out channels, frames, height, width], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape or a type; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch, Prompt] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch] Tensor? attentionMask,
        [GuidanceBatch] Tensor? encoderAttentionMask,
        RotaryEmbedding? imageRotaryEmb);

    [CachedForward]
    private Tensor Compute(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? attentionMask, Tensor? encoderAttentionMask, RotaryEmbedding? imageRotaryEmb)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, attentionMask, encoderAttentionMask, imageRotaryEmb);
        var (modulation, embedded) = adaln_single.call(timestep.expand(hiddenStates.size(0)));
        var hidden = pos_embed.call(hiddenStates);
        var encoder = caption_projection.call(encoderHiddenStates).view(hiddenStates.size(0), -1, Config.InnerDim);
        var mask = Added(attentionMask, hiddenStates);
        var encoderMask = Added(encoderAttentionMask, hiddenStates.dtype);

        foreach (var block in transformer_blocks)
        {
            var next = block.call(hidden, encoder, modulation, imageRotaryEmb, mask, encoderMask);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            hidden = next;
        }

        var parts = scale_shift_table.Plus(embedded.unsqueeze(1)).chunk(2, dim: 1); // shift, scale
        var output = proj_out.call(norm_out.Modulate(hidden, scale: parts[1], shift: parts[0]));
        return Unpatchify(output, hiddenStates).MoveToOuterDisposeScope();
    }

    /// <summary>What the first block's attention gets, [batch, video, dim]: what TeaCache compares.</summary>
    [ChangeIndicator]
    private Tensor ModulatedInput(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? attentionMask, Tensor? encoderAttentionMask, RotaryEmbedding? imageRotaryEmb)
    {
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, attentionMask, encoderAttentionMask, imageRotaryEmb);
        var hidden = pos_embed.call(hiddenStates);
        var (modulation, _) = adaln_single.call(timestep.expand(hiddenStates.size(0)));
        return Config.NumLayers == 0 ? hidden : transformer_blocks[0].ModulatedInput(hidden, modulation);
    }

    /// <summary>Lays the patches out as latents again.</summary>
    private Tensor Unpatchify(Tensor tokens, Tensor latents)
    {
        long patch = Config.PatchSize, depth = Config.PatchSizeT;
        var grid = (latents.size(2) / depth, latents.size(3) / patch, latents.size(4) / patch);
        return PatchProjection.Unpatchify(tokens, grid, (depth, patch, patch), Config.OutChannels);
    }
}
