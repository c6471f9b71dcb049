using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The transformer of Wan 2.1 and 2.2, text to video and image to video. State-dict names are those of diffusers. Its pipelines call it
/// twice a step, under the cache contexts <c>"cond"</c> and <c>"uncond"</c>. Weights do not ask for gradients; call it under
/// <see cref="no_grad"/> all the same where inputs do. Source: diffusers <c>models/transformers/transformer_wan.py</c>.
/// </summary>
[CacheableModel(GuidanceLayout.Sequential)]
[BlockStack(nameof(blocks))]
[OutputProjection(nameof(proj_out))]
[SequenceParallel("hidden")]
[SequencePositions("rotary", "hidden")]
public sealed partial class WanTransformer3DModel : Module<Tensor, Tensor, Tensor, Tensor?, Tensor>, IPretrainedModel<WanTransformer3DModel>
{
    private readonly GridRotaryPosEmbed rope;
    private readonly PatchProjection patch_embedding;
    private readonly WanTimeTextEmbedding condition_embedder;
    private readonly ModuleList<WanTransformerBlock> blocks;
    private readonly LayerNormalization norm_out;
    private readonly LinearLayer proj_out;
    private readonly Parameter scale_shift_table; // [1, 2, D], at least float32

    private WanTransformer3DModel(WanTransformer3DModelConfig config, Device? device, ScalarType? dtype)
        : base(nameof(WanTransformer3DModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var dim = config.InnerDim;
        var (frames, rows, columns) = config.PatchSize;
        long spatial = 2 * (config.AttentionHeadDim / 6);
        rope = new GridRotaryPosEmbed(config.PatchSize, [config.AttentionHeadDim - 2 * spatial, spatial, spatial]);
        patch_embedding = new PatchProjection(config.InChannels, dim, [frames, rows, columns], true, device, dtype);
        condition_embedder = new WanTimeTextEmbedding(config, device, dtype);
        blocks = [];
        for (var i = 0; i < config.NumLayers; i++)
            blocks.Add(new WanTransformerBlock(config, device, dtype));
        norm_out = new LayerNormalization(dim, config.Eps, false, device, dtype);
        proj_out = Dense.Linear(dim, (long)config.Outputs * frames * rows * columns, true, device, dtype);
        scale_shift_table = ModulationTable.New([1, 2, dim], device, Precision.AtLeastSingle(dtype));
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public WanTransformer3DModelConfig Config { get; }

    string IPretrainedModel<WanTransformer3DModel>.ConfigJson => Config.ToJson();

    /// <summary>Some checkpoints of image-to-video hold a norm that nothing calls.</summary>
    static CheckpointForm IPretrainedModel<WanTransformer3DModel>.Form => CheckpointForm.Diffusers with { PassedOverModules = ["norm_added_q"] };

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">
    /// The type of the weights (modulation tables and the timestep's embedding stay float32 in half types); <see
    /// langword="null"/> for torch's default type.
    /// </param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static WanTransformer3DModel FromConfig(WanTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new WanTransformer3DModel(config, device, dtype);
    }

    static WanTransformer3DModel IPretrainedModel<WanTransformer3DModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(WanTransformer3DModelConfig.FromFile(path), device, dtype);

    /// <summary>Predicts the velocity of latents.</summary>
    /// <param name="hiddenStates">
    /// The latents, [batch, channels, frames, height, width]; of image-to-video with mask and latents of the picture in more channels, or (Wan 2.2 5B) with
    /// the picture's as their first frame.
    /// </param>
    /// <param name="timestep">[batch] or [1], of any number type; or one for every token, [batch, tokens], as where a frame is given.</param>
    /// <param name="encoderHiddenStates">
    /// The prompt's embedding, [batch, text, text dim]. Beside an image it has 512 tokens: as in diffusers, what is before the last 512 tokens of both is
    /// taken for the image's.
    /// </param>
    /// <param name="encoderHiddenStatesImage">
    /// The image's embedding, [batch, image, image dim], or <see langword="null"/>; where the model has positions for two pictures, those of the first and the
    /// last in turn, [2 × batch, image, image dim].
    /// </param>
    /// <returns>[batch, out channels, frames, height, width], owned by the caller.</returns>
    /// <exception cref="ArgumentException">A shape or a type; the message says what was expected.</exception>
    public override partial Tensor forward(
        [GuidanceBatch, Latents] Tensor hiddenStates,
        [GuidanceBatch] Tensor timestep,
        [GuidanceBatch, Prompt] Tensor encoderHiddenStates,
        [GuidanceBatch, Prompt] Tensor? encoderHiddenStatesImage);

    /// <summary>As above, without an image.</summary>
    /// <inheritdoc cref="forward(Tensor, Tensor, Tensor, Tensor)" path="/param"/>
    /// <inheritdoc cref="forward(Tensor, Tensor, Tensor, Tensor)" path="/returns"/>
    /// <inheritdoc cref="forward(Tensor, Tensor, Tensor, Tensor)" path="/exception"/>
    public Tensor call(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates) => call(hiddenStates, timestep, encoderHiddenStates, null);

    [CachedForward]
    private Tensor Compute(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor? encoderHiddenStatesImage)
    {
        using var scope = NewDisposeScope();
        CheckInputs(hiddenStates, timestep, encoderHiddenStates, encoderHiddenStatesImage);
        var rotary = rope.call(hiddenStates);
        var hidden = patch_embedding.call(hiddenStates);
        var temb = condition_embedder.EmbedTime(timestep, encoderHiddenStates.dtype);
        var modulation = condition_embedder.Modulation(temb);
        var encoder = condition_embedder.EmbedText(encoderHiddenStates, encoderHiddenStatesImage);

        foreach (var block in blocks)
        {
            var next = block.call(hidden, encoder, modulation, rotary);
            // The scope would keep every block's tokens until the end.
            hidden.Dispose();
            hidden = next;
        }

        var parts = scale_shift_table.Plus(temb.unsqueeze(-2)).Rows(); // shift, scale
        var output = proj_out.call(norm_out.Modulate(hidden, scale: parts[1], shift: parts[0]));
        return Unpatchify(output, hiddenStates).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Per step of a run, how much the embedding of its timestep differs from that of the step before, for <see cref="TeaCacheConfig.TimestepChanges"/>.
    /// </summary>
    /// <param name="timesteps">The timesteps of the run, in order.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public IReadOnlyList<double> TimestepChanges(IReadOnlyList<double> timesteps) =>
        TimestepChange.Of(timesteps, this, times => condition_embedder.EmbedTime(times, ScalarType.Float32));

    /// <summary>The embedding of the timestep: what TeaCache compares (<c>TeaCache4Wan2.1</c>).</summary>
    [ChangeIndicator]
    private Tensor TimeEmbedding(Tensor hiddenStates, Tensor timestep, Tensor encoderHiddenStates, Tensor? encoderHiddenStatesImage)
    {
        CheckInputs(hiddenStates, timestep, encoderHiddenStates, encoderHiddenStatesImage);
        return condition_embedder.EmbedTime(timestep, encoderHiddenStates.dtype);
    }

    /// <summary>Lays the patches out as latents again.</summary>
    private Tensor Unpatchify(Tensor tokens, Tensor latents)
    {
        var (frames, rows, columns) = Config.PatchSize;
        var grid = (latents.size(2) / frames, latents.size(3) / rows, latents.size(4) / columns);
        return PatchProjection.Unpatchify(tokens, grid, (frames, rows, columns), Config.Outputs);
    }
}
