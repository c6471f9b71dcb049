using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of LTX-Video, on packed latents. State-dict names are those of diffusers. Weights do not ask for gradients;
/// call it under <see cref="no_grad"/> all the same where inputs do. Source: diffusers
/// <c>models/transformers/transformer_ltx.py</c>.
/// </summary>
[CacheableModel]
[BlockStack(nameof(transformer_blocks))]
[OutputProjection(nameof(proj_out))]
public sealed partial class LTXVideoTransformer3DModel : Module<Tensor, Tensor, Tensor, Tensor?, LTXVideoGrid?, Tensor?, Tensor>, IPretrainedModel<LTXVideoTransformer3DModel>
{
    private readonly LinearLayer proj_in;
    private readonly Parameter scale_shift_table; // [2, D]
    private readonly AdaLayerNormSingle time_embed;
    private readonly PixArtAlphaTextProjection caption_projection;
    private readonly LTXVideoRotaryPosEmbed rope;
    private readonly ModuleList<LTXVideoTransformerBlock> transformer_blocks;
    private readonly LayerNormalization norm_out;
    private readonly LinearLayer proj_out;

    private LTXVideoTransformer3DModel(LTXVideoTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(LTXVideoTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        proj_in = Dense.Linear(config.InChannels, dim, true, device, dtype);
        scale_shift_table = ModulationTable.New([2, dim], device, dtype);
        time_embed = new AdaLayerNormSingle(dim, device, dtype);
        caption_projection = new PixArtAlphaTextProjection(config.CaptionChannels, dim, "gelu_tanh", device, dtype);
        rope = new LTXVideoRotaryPosEmbed(config);
        transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new LTXVideoTransformerBlock(config, device, dtype));
        norm_out = new LayerNormalization(dim, 1e-6, false, device, dtype);
        proj_out = Dense.Linear(dim, config.Outputs, true, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public LTXVideoTransformer3DModelConfig Config { get; }

    string IPretrainedModel<LTXVideoTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static LTXVideoTransformer3DModel FromConfig(LTXVideoTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new LTXVideoTransformer3DModel(config, device, dtype);
    }

    static LTXVideoTransformer3DModel IPretrainedModel<LTXVideoTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(LTXVideoTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the velocity of packed latents.</summary>
    /// <param name="hiddenStates">The packed latents, [batch, tokens, channels].</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, caption channels].</param>
    /// <param name="timestep">
    /// [batch] or [1], of any number type; or one for every token, [batch, tokens], as where some frames are given.
    /// </param>
    /// <param name="encoderAttentionMask">
    /// Which prompt tokens to look at, [batch, text]: true, or 1, where to look. Or [batch, 1 or tokens, text]: booleans, or
    /// numbers that are added to the scores. Null for all.
    /// </param>
    /// <param name="grid">The grid that the latents come from; it does nothing beside <paramref name="videoCoords"/>.</param>
    /// <param name="videoCoords">Where the tokens are, in place of a grid: frame, row and column of each, [batch, 3, tokens].</param>
    /// <returns>[batch, tokens, out channels], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape, a type or a missing argument; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch, Prompt] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch] Tensor? encoderAttentionMask,
        LTXVideoGrid? grid,
        [GuidanceBatch] Tensor? videoCoords);

    [CachedForward]
    private Tensor Compute(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? encoderAttentionMask, LTXVideoGrid? grid, Tensor? videoCoords)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, encoderAttentionMask, grid, videoCoords);
        var rotary = rope.call(hiddenStates, grid, videoCoords);
        var mask = Bias(encoderAttentionMask, hiddenStates.dtype);
        var hidden = proj_in.call(hiddenStates);
        var (modulation, embedded) = EmbedTime(timestep);
        var encoder = caption_projection.call(encoderHiddenStates);

        foreach (var block in transformer_blocks)
        {
            var next = block.call(hidden, encoder, modulation, rotary, mask);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            hidden = next;
        }

        var parts = scale_shift_table.Plus(embedded.unsqueeze(2)).unbind(2); // shift, scale
        var output = proj_out.call(norm_out.Modulate(hidden, scale: parts[1], shift: parts[0]));
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>What the first block's attention gets, [batch, tokens, dim]: what TeaCache compares (<c>TeaCache4LTX-Video</c>).</summary>
    [ChangeIndicator]
    private Tensor ModulatedInput(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor timestep, Tensor? encoderAttentionMask, LTXVideoGrid? grid, Tensor? videoCoords)
    {
        CheckInputs(hiddenStates, encoderHiddenStates, timestep, encoderAttentionMask, grid, videoCoords);
        var hidden = proj_in.call(hiddenStates);
        return Config.NumLayers == 0 ? hidden : transformer_blocks[0].ModulatedInput(hidden, EmbedTime(timestep).Modulation);
    }

    /// <summary>What blocks add their tables to, [batch, 1 or tokens, 6, dim], and the timestep's embedding, [batch, 1 or tokens, dim].</summary>
    [NoSideEffects]
    private (Tensor Modulation, Tensor Embedded) EmbedTime(Tensor timestep)
    {
        var (modulation, embedded) = time_embed.call(timestep.flatten());
        var (batch, tokens) = (timestep.size(0), timestep.dim() == 2 ? timestep.size(1) : 1);
        return (modulation.view(batch, tokens, 6, -1), embedded.view(batch, tokens, -1));
    }
}
