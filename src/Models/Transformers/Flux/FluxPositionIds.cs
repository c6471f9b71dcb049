using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Where the tokens are: one row of numbers per token, one column per axis of <c>axes_dims_rope</c>.</summary>
/// <param name="Text">Of the prompt's tokens (<c>txt_ids</c>), [text, 3]; zeros for Flux.</param>
/// <param name="Image">Of the packed latents (<c>img_ids</c>), [image, 3].</param>
public sealed record FluxPositionIds(Tensor Text, Tensor Image) : IDisposable
{
    private (Tensor Text, Tensor Image, (long Text, long Rows, long Columns) Grid)? _prepared;

    /// <summary>What these were prepared for; <see langword="null"/> where a tensor is of the caller's making.</summary>
    internal (long Text, long Rows, long Columns)? Grid =>
        _prepared is { } prepared && ReferenceEquals(prepared.Text, Text) && ReferenceEquals(prepared.Image, Image) ? prepared.Grid : null;

    /// <summary>
    /// The positions that Flux's pipeline gives. Do not write over them: a model makes its tables once for a size, and not of the numbers here.
    /// Source: diffusers <c>pipelines/flux/pipeline_flux.py</c> (_prepare_latent_image_ids, encode_prompt).
    /// </summary>
    /// <param name="text">The number of prompt tokens.</param>
    /// <param name="rows">The rows of packed latents: the image's height in pixels over 16.</param>
    /// <param name="columns">The columns of packed latents.</param>
    /// <param name="device">Where the result is.</param>
    /// <returns>Owned by the caller.</returns>
    public static FluxPositionIds Prepare(long text, long rows, long columns, Device? device = null)
    {
        var ids = new FluxPositionIds(zeros(text, 3, dtype: ScalarType.Float32, device: device), RotaryGrid.Ids(1, rows, columns, device));
        ids._prepared = (ids.Text, ids.Image, (text, rows, columns));
        return ids;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Text.Dispose();
        Image.Dispose();
    }
}
