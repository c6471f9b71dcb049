namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="CLIPVisionModel"/>, with the names (in snake_case) and defaults of transformers' <c>config.json</c>, or of
/// what that of a whole CLIP has under <c>vision_config</c>. What else such a file holds, for training, is passed over. Source: transformers
/// <c>models/clip/configuration_clip.py</c> (CLIPVisionConfig).
/// </summary>
public sealed record CLIPVisionConfig : CLIPEncoderConfig, ITransformersConfig
{
    /// <summary>What transformers calls the class with a projection, which is not here, behind the same encoder.</summary>
    internal const string ProjectedClassName = "CLIPVisionModelWithProjection";

    private const string OwnModelType = "clip_vision_model";

    /// <summary>The defaults.</summary>
    public CLIPVisionConfig()
        : base(OwnModelType) => (HiddenSize, IntermediateSize, NumAttentionHeads) = (768, 3072, 12);

    /// <summary>Kept for its place in transformers' config: the width of the projected pictures that are not made here.</summary>
    public int ProjectionDim { get; init; } = 512;

    /// <summary>The channels of a picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>The height and width of a picture.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>The rows and columns of a patch, which becomes a token; what is left over of a picture is cut off.</summary>
    public int PatchSize { get; init; } = 32;

    /// <summary>The patches in a row, and in a column.</summary>
    internal long PatchesPerEdge => ImageSize / PatchSize;

    /// <summary>The tokens of a picture: one of its class, and one for each patch.</summary>
    internal long Tokens => 1 + PatchesPerEdge * PatchesPerEdge;

    static string? ITransformersConfig.KeyInWhole => "vision_config";

    string ITransformersConfig.ClassName => nameof(CLIPVisionModel);

    /// <summary>Throws where no model can be built from these settings.</summary>
    internal override void Check()
    {
        Check(OwnModelType);
        ConfigCheck.Positive(NumChannels, "num_channels");
        ConfigCheck.Positive(PatchSize, "patch_size");
        if (ImageSize < PatchSize)
            throw new ArgumentException($"expected image_size of patch_size {PatchSize} or more, found {ImageSize}");
    }
}
