using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXTransformer3DModel
{
    /// <summary>
    /// The rotary positions that CogVideoX's pipeline gives this model. Source: diffusers
    /// <c>pipelines/cogvideo/pipeline_cogvideox.py</c> (_prepare_rotary_positional_embeddings).
    /// </summary>
    /// <param name="height">The height of the video in pixels.</param>
    /// <param name="width">The width of the video in pixels.</param>
    /// <param name="frames">The number of latent frames, padding of 1.5 included.</param>
    /// <param name="device">Where the tables are.</param>
    /// <returns>Tables for the video tokens of these latents, owned by the caller.</returns>
    /// <exception cref="InvalidOperationException">This model has no rotary positions.</exception>
    /// <exception cref="ArgumentException">The size has no tokens, or is larger than a 1.5 model was trained for.</exception>
    public RotaryEmbedding PrepareRotaryPositionalEmbeddings(long height, long width, long frames, Device? device = null) =>
        PrepareRotaryPositionalEmbeddings(Config, height, width, frames, device);

    /// <inheritdoc cref="PrepareRotaryPositionalEmbeddings(long, long, long, Device)"/>
    /// <param name="config">The model's settings.</param>
    /// <param name="height">The height of the video in pixels.</param>
    /// <param name="width">The width of the video in pixels.</param>
    /// <param name="frames">The number of latent frames, padding of 1.5 included.</param>
    /// <param name="device">Where the tables are.</param>
    /// <param name="vaeScaleFactor">How many pixels of a row the autoencoder makes into one.</param>
    public static RotaryEmbedding PrepareRotaryPositionalEmbeddings(
        CogVideoXTransformer3DModelConfig config, long height, long width, long frames, Device? device = null, long vaeScaleFactor = 8)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!config.UseRotaryPositionalEmbeddings)
            throw new InvalidOperationException("this model has no rotary positions");

        var rows = height / (vaeScaleFactor * config.PatchSize);
        var columns = width / (vaeScaleFactor * config.PatchSize);
        long baseRows = config.SampleHeight / config.PatchSize;
        long baseColumns = config.SampleWidth / config.PatchSize;
        if (config.PatchSizeT is not { } depth)
        {
            var crop = RotaryGrid.ResizeCropRegion(rows, columns, baseColumns, baseRows);
            return RotaryGrid.Linspace(config.AttentionHeadDim, crop, rows, columns, frames, device: device);
        }

        var patches = (frames + depth - 1) / depth;
        return RotaryGrid.Slice(config.AttentionHeadDim, baseRows, baseColumns, rows, columns, patches, device: device);
    }
}
