using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of Latte: blocks over the positions of a frame and blocks over the frames of a position take turns. State-dict
/// names are those of diffusers. Weights do not ask for gradients; call it under <see cref="no_grad"/> all the same where inputs
/// do. Source: diffusers <c>models/transformers/latte_transformer_3d.py</c>.
/// </summary>
[CacheableModel]
[BlockStack(nameof(transformer_blocks))]
[OutputProjection(nameof(proj_out))]
[SequenceParallel("hidden")]
public sealed partial class LatteTransformer3DModel : Module<Tensor, Tensor, Tensor, Tensor?, bool, Tensor>, IPretrainedModel<LatteTransformer3DModel>
{
    private readonly PatchEmbed pos_embed;
    private readonly ModuleList<LatteSpatialBlock> transformer_blocks;
    private readonly ModuleList<LatteTemporalBlock> temporal_transformer_blocks;
    private readonly LayerNormalization norm_out;
    private readonly Parameter scale_shift_table; // [2, D]
    private readonly LinearLayer proj_out;
    private readonly AdaLayerNormSingle adaln_single;
    private readonly PixArtAlphaTextProjection caption_projection;
    private readonly LatteFramePositions temp_pos_embed;

    private LatteTransformer3DModel(LatteTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(LatteTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        long patch = config.PatchSize;
        // Positions are scaled down by whole multiples of 64 only.
        var scale = Math.Max(config.SampleSize / 64, 1);
        pos_embed = new PatchEmbed(config.SampleSize, patch, config.InChannels, dim, scale, device, dtype);
        transformer_blocks = [];
        temporal_transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
        {
            transformer_blocks.Add(new LatteSpatialBlock(config, device, dtype));
            temporal_transformer_blocks.Add(new LatteTemporalBlock(config, device, dtype));
        }

        norm_out = new LayerNormalization(dim, 1e-6, false, device, dtype);
        scale_shift_table = ModulationTable.New([2, dim], device, dtype);
        proj_out = Dense.Linear(dim, patch * patch * config.Outputs, true, device, dtype);
        adaln_single = new AdaLayerNormSingle(dim, device, dtype);
        caption_projection = new PixArtAlphaTextProjection(config.CaptionChannels, dim, "gelu_tanh", device, dtype);
        temp_pos_embed = new LatteFramePositions(config);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public LatteTransformer3DModelConfig Config { get; }

    string IPretrainedModel<LatteTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static LatteTransformer3DModel FromConfig(LatteTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new LatteTransformer3DModel(config, device, dtype);
    }

    static LatteTransformer3DModel IPretrainedModel<LatteTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(LatteTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the noise (or velocity) in latents, and the variance where that is learned.</summary>
    /// <param name="hiddenStates">The latents, [batch, channels, frames, height, width].</param>
    /// <param name="timestep">[batch] or [1], of any number type.</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, caption channels].</param>
    /// <param name="encoderAttentionMask">
    /// Which prompt tokens to look at, [batch, text] or [batch, 1, text]: booleans that are true where to look, or numbers that
    /// are added to the scores. Null for all.
    /// </param>
    /// <param name="enableTemporalAttentions">Whether temporal blocks run; in a cached run they must.</param>
    /// <returns>
    /// [batch, out channels, frames, height, width], owned by the caller. Of twice the input's channels the second half is the
    /// variance, which pipelines drop.
    /// </returns>
    /// <exception cref="ArgumentException">A shape or a type; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch, Prompt] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor? encoderAttentionMask,
        bool enableTemporalAttentions);

    [CachedForward]
    private Tensor Compute(
        Tensor hiddenStates,
        Tensor timestep,
        Tensor encoderHiddenStates,
        Tensor? encoderAttentionMask,
        bool enableTemporalAttentions)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, timestep, encoderHiddenStates, encoderAttentionMask);
        var (batch, frames) = (hiddenStates.size(0), hiddenStates.size(2));
        var hidden = pos_embed.call(hiddenStates.transpose(1, 2).flatten(0, 1)); // [B·F, P, D]
        var positions = hidden.size(1);
        var (modulation, embedded) = adaln_single.call(timestep.expand(batch));
        var encoder = caption_projection.call(encoderHiddenStates).repeat_interleave(frames, dim: 0);
        var mask = encoderAttentionMask?.view(batch, 1, 1, -1).repeat_interleave(frames, dim: 0);
        var spatialModulation = modulation.repeat_interleave(frames, dim: 0);
        var temporalModulation = modulation.repeat_interleave(positions, dim: 0);

        for (var i = 0; i < Config.NumLayers; i++)
        {
            hidden = Replace(hidden, transformer_blocks[i].call(hidden, encoder, mask, spatialModulation));
            if (!enableTemporalAttentions)
                continue;
            hidden = Replace(hidden, Exchange(hidden, batch)); // [B·P, F, D]
            if (i == 0 && frames > 1)
                hidden = Replace(hidden, temp_pos_embed.call(hidden));
            hidden = Replace(hidden, temporal_transformer_blocks[i].call(hidden, temporalModulation));
            hidden = Replace(hidden, Exchange(hidden, batch));
        }

        var table = scale_shift_table.Plus(embedded.unsqueeze(1)).repeat_interleave(frames, dim: 0);
        var parts = table.chunk(2, dim: 1); // shift, scale
        var output = proj_out.call(norm_out.Modulate(hidden, scale: parts[1], shift: parts[0]));
        return Unpatchify(output, hiddenStates).MoveToOuterDisposeScope();
    }

    /// <summary>What the first block's attention gets, [batch × frames, positions, dim]: what TeaCache compares (<c>eval/teacache/experiments/latte.py</c>).</summary>
    [ChangeIndicator]
    private Tensor ModulatedInput(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor? encoderAttentionMask)
    {
        CheckInputs(hiddenStates, timestep, encoderHiddenStates, encoderAttentionMask);
        var hidden = pos_embed.call(hiddenStates.transpose(1, 2).flatten(0, 1));
        var (modulation, _) = adaln_single.call(timestep.expand(hiddenStates.size(0)));
        return Config.NumLayers == 0 ? hidden : transformer_blocks[0].ModulatedInput(hidden, modulation.repeat_interleave(hiddenStates.size(2), dim: 0));
    }

    /// <summary>The scope would keep every block's tokens until the end.</summary>
    private static Tensor Replace(Tensor old, Tensor next)
    {
        old.Dispose();
        return next;
    }

    /// <summary>[batch × n, m, dim] to [batch × m, n, dim]: frames of positions, or positions of frames.</summary>
    private static Tensor Exchange(Tensor tokens, long batch) =>
        tokens.view(batch, -1, tokens.size(1), tokens.size(2)).transpose(1, 2).flatten(0, 1);

    /// <summary>Lays the patches out as latents again.</summary>
    private Tensor Unpatchify(Tensor tokens, Tensor latents)
    {
        long patch = Config.PatchSize;
        var grid = (latents.size(2), latents.size(3) / patch, latents.size(4) / patch);
        return PatchProjection.Unpatchify(tokens, grid, (1, patch, patch), Config.Outputs);
    }
}
