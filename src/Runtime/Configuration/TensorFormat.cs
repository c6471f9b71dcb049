namespace Afterimage;

/// <summary>
/// The order of a model output's dimensions: batch, channels, frames, height, width. FasterCache's frequency split is taken over
/// the last two, so all formats give the same numbers; the names are those of diffusers' <c>tensor_format</c>.
/// </summary>
public enum TensorFormat
{
    /// <summary>Batch, channels, frames, height, width.</summary>
    BCFHW,

    /// <summary>Batch, frames, channels, height, width.</summary>
    BFCHW,

    /// <summary>Batch, channels, height, width: an image.</summary>
    BCHW,
}
