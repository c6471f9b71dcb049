using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The encoder of pictures of CLIP, without a projection. State-dict names are those of transformers. Source: transformers
/// <c>models/clip/modeling_clip.py</c> (CLIPVisionModel; CLIPVisionModelWithProjection but for its projection).
/// </summary>
public sealed class CLIPVisionModel : Module<Tensor, (Tensor LastHiddenState, Tensor PoolerOutput)>, IPretrainedModel<CLIPVisionModel>
{
    private readonly CLIPVisionTransformer vision_model;

    private CLIPVisionModel(CLIPVisionConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CLIPVisionModel))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        vision_model = new CLIPVisionTransformer(config, device, dtype);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public CLIPVisionConfig Config { get; }

    /// <summary>A whole CLIP holds an encoder of texts and projections besides, and older checkpoints the numbers of the positions.</summary>
    static CheckpointForm IPretrainedModel<CLIPVisionModel>.Form { get; } = CheckpointForm.Transformers with
    {
        PassedOver = ["text_model.", "visual_projection.", "text_projection.", "logit_scale", "vision_model.embeddings.position_ids"],
    };

    string IPretrainedModel<CLIPVisionModel>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static CLIPVisionModel FromConfig(CLIPVisionConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new CLIPVisionModel(config, device, dtype);
    }

    static CLIPVisionModel IPretrainedModel<CLIPVisionModel>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(CLIPVisionConfig.FromFile(path), device, dtype);

    /// <summary>Encodes pictures. The caller owns the results.</summary>
    /// <param name="pixelValues">
    /// [batch, <c>num_channels</c>, <c>image_size</c>, <c>image_size</c>], floating-point numbers normalised as <see cref="CLIPImageProcessor"/> does it.
    /// </param>
    /// <returns>
    /// The states of the last layer, [batch, 1 + patches, width], which are not normalised, and of each picture the first one, normalised: [batch, width].
    /// </returns>
    /// <exception cref="ArgumentException">The pictures are of another shape or type.</exception>
    public override (Tensor LastHiddenState, Tensor PoolerOutput) forward(Tensor pixelValues)
    {
        Check(pixelValues);
        using var scope = NewDisposeScope();
        var last = vision_model.Run(pixelValues, Config.NumHiddenLayers);
        var pooled = vision_model.Normalize(last.select(1, 0));
        return (last.MoveToOuterDisposeScope(), pooled.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Encodes pictures as far as the last layer but one, which is what transformers has at <c>hidden_states[-2]</c>: what video models
    /// condition on. The last layer is not run. The caller owns the result.
    /// </summary>
    /// <inheritdoc cref="forward" path="/param"/>
    /// <returns>[batch, 1 + patches, width]</returns>
    /// <inheritdoc cref="forward" path="/exception"/>
    public Tensor Encode(Tensor pixelValues)
    {
        Check(pixelValues);
        return vision_model.Run(pixelValues, Config.NumHiddenLayers - 1);
    }

    /// <summary>
    /// The embedded patches and what every layer gives, each [batch, 1 + patches, width], as transformers' <c>output_hidden_states</c>.
    /// The caller owns all of them.
    /// </summary>
    /// <inheritdoc cref="forward" path="/param"/>
    /// <inheritdoc cref="forward" path="/exception"/>
    public IReadOnlyList<Tensor> HiddenStates(Tensor pixelValues)
    {
        Check(pixelValues);
        using var scope = NewDisposeScope();
        return [.. vision_model.States(pixelValues).ToList().Select(state => state.MoveToOuterDisposeScope())];
    }

    private void Check(Tensor pixelValues)
    {
        ArgumentNullException.ThrowIfNull(pixelValues);
        var (channels, edge) = (Config.NumChannels, Config.ImageSize);
        if (pixelValues.dim() != 4 || pixelValues.size(0) == 0 || pixelValues.size(1) != channels || pixelValues.size(2) != edge || pixelValues.size(3) != edge)
            throw InputCheck.Bad($"[batch, {channels}, {edge}, {edge}] (num_channels, image_size)", pixelValues, nameof(pixelValues));
        if (!pixelValues.is_floating_point())
            throw new ArgumentException($"expected floating-point numbers, found {pixelValues.dtype}: see CLIPImageProcessor", nameof(pixelValues));
    }
}
