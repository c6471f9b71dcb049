using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of Flux, with guidance distilled into it or not: double-stream blocks, then single-stream blocks, on packed
/// latents. State-dict names are those of diffusers. Weights do not ask for gradients; call it under <see cref="no_grad"/> all
/// the same where inputs do. Source: diffusers <c>models/transformers/transformer_flux.py</c>.
/// </summary>
/// <remarks>
/// With true guidance its pipeline calls it twice a step: begin such a run with <see cref="GuidanceLayout.Sequential"/>.
/// </remarks>
[CacheableModel(GuidanceLayout.None)]
[BlockStack(nameof(transformer_blocks))]
[BlockStack(nameof(single_transformer_blocks))]
[OutputProjection(nameof(proj_out))]
[SequenceParallel("hidden")]
[SequenceParallel("encoder")]
[SequencePositions("rotary", "encoder", "hidden")]
public sealed partial class FluxTransformer2DModel : Module<Tensor, Tensor, Tensor, Tensor, Tensor?, FluxPositionIds, Tensor>, IPretrainedModel<FluxTransformer2DModel>
{
    private readonly FluxPosEmbed pos_embed;
    private readonly CombinedTimestepGuidanceTextProjEmbeddings time_text_embed;
    private readonly LinearLayer context_embedder;
    private readonly LinearLayer x_embedder;
    private readonly ModuleList<FluxTransformerBlock> transformer_blocks;
    private readonly ModuleList<FluxSingleTransformerBlock> single_transformer_blocks;
    private readonly AdaLayerNormContinuous norm_out;
    private readonly LinearLayer proj_out;

    private FluxTransformer2DModel(FluxTransformer2DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(FluxTransformer2DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        pos_embed = new FluxPosEmbed([config.AxesDimsRope.First, config.AxesDimsRope.Second, config.AxesDimsRope.Third]);
        time_text_embed = new CombinedTimestepGuidanceTextProjEmbeddings(
            dim, config.PooledProjectionDim, config.GuidanceEmbeds, device, dtype);
        context_embedder = Dense.Linear(config.JointAttentionDim, dim, true, device, dtype);
        x_embedder = Dense.Linear(config.InChannels, dim, true, device, dtype);
        transformer_blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new FluxTransformerBlock(config, device, dtype));
        single_transformer_blocks = [];
        for (var i = 0; i < config.NumSingleLayers; i++)
            single_transformer_blocks.Add(new FluxSingleTransformerBlock(config, device, dtype));
        norm_out = new AdaLayerNormContinuous(dim, dim, elementwiseAffine: false, eps: 1e-6, device: device, dtype: dtype);
        proj_out = Dense.Linear(dim, (long)config.PatchSize * config.PatchSize * config.Outputs, true, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public FluxTransformer2DModelConfig Config { get; }

    string IPretrainedModel<FluxTransformer2DModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static FluxTransformer2DModel FromConfig(FluxTransformer2DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new FluxTransformer2DModel(config, device, dtype);
    }

    static FluxTransformer2DModel IPretrainedModel<FluxTransformer2DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(FluxTransformer2DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the velocity of packed latents.</summary>
    /// <param name="hiddenStates">The packed latents, [batch, image, channels].</param>
    /// <param name="encoderHiddenStates">The prompt's embedding, [batch, text, joint attention dim].</param>
    /// <param name="pooledProjections">The prompt's pooled embedding, [batch, pooled projection dim].</param>
    /// <param name="timestep">[batch] or [1], from 0 to 1: the scheduler's timestep over 1000.</param>
    /// <param name="guidance">The guidance scale, [batch] or [1], exactly where the model embeds it.</param>
    /// <param name="ids">The positions of all tokens.</param>
    /// <returns>[batch, image, out channels], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape, a type or a missing argument; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch] Tensor encoderHiddenStates,
        [GuidanceBatch] Tensor pooledProjections,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch] Tensor? guidance,
        FluxPositionIds ids);

    [CachedForward]
    private Tensor Compute(
        Tensor hiddenStates,
        Tensor encoderHiddenStates,
        Tensor pooledProjections,
        Tensor timestep,
        Tensor? guidance,
        FluxPositionIds ids)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, encoderHiddenStates, pooledProjections, timestep, guidance, ids);
        var temb = EmbedTime(hiddenStates.dtype, timestep, guidance, pooledProjections);
        var rotary = pos_embed.call(ids);
        var hidden = x_embedder.call(hiddenStates);
        var encoder = context_embedder.call(encoderHiddenStates);

        foreach (var block in transformer_blocks)
        {
            var (nextHidden, nextEncoder) = block.call(hidden, encoder, temb, rotary);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            encoder.Dispose();
            (hidden, encoder) = (nextHidden, nextEncoder);
        }

        var joint = cat([encoder, hidden], dim: 1);
        foreach (var block in single_transformer_blocks)
        {
            var next = block.call(joint, temb, rotary);
            joint.Dispose();
            joint = next;
        }

        var image = joint.narrow(1, encoder.size(1), hidden.size(1));
        var output = proj_out.call(norm_out.call(image, temb));
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>What the first block's attention would get, [batch, image, dim]: what TeaCache compares (<c>TeaCache4FLUX</c>).</summary>
    [ChangeIndicator]
    private Tensor ModulatedInput(
        Tensor hiddenStates, Tensor encoderHiddenStates, Tensor pooledProjections, Tensor timestep, Tensor? guidance, FluxPositionIds ids)
    {
        CheckInputs(hiddenStates, encoderHiddenStates, pooledProjections, timestep, guidance, ids);
        var hidden = x_embedder.call(hiddenStates);
        return Config.NumLayers == 0 ? hidden
            : transformer_blocks[0].ModulatedInput(hidden, EmbedTime(hiddenStates.dtype, timestep, guidance, pooledProjections));
    }

    /// <summary>The embedding of the timestep, of the guidance scale where there is one, and of the pooled prompt: [batch, dim].</summary>
    [NoSideEffects]
    private Tensor EmbedTime(ScalarType dtype, Tensor timestep, Tensor? guidance, Tensor pooledProjections)
    {
        // In bfloat16, as diffusers takes these products, a timestep would be off by up to 4.
        var wide = Precision.AtLeastSingle(dtype);
        return time_text_embed.call(timestep.to(wide).Times(1000), guidance?.to(wide).Times(1000), pooledProjections);
    }
}
