using System.Text.Json.Serialization;

namespace Afterimage.Models;

/// <summary>A size that pictures are brought to.</summary>
/// <param name="Height">In pixels.</param>
/// <param name="Width">In pixels.</param>
/// <param name="IsOfShorterEdge">Whether only the shorter edge gets the size, which then is one number, and the longer one follows it.</param>
[JsonConverter(typeof(PictureSizeConverter))]
public readonly record struct PictureSize(int Height, int Width, bool IsOfShorterEdge = false)
{
    /// <summary>The size of the shorter edge.</summary>
    public static PictureSize OfShorterEdge(int edge) => new(edge, edge, IsOfShorterEdge: true);

    /// <summary>What a picture is resized to. Source: transformers <c>image_transforms.py</c> (get_resize_output_image_size).</summary>
    internal (long Height, long Width) Of(long height, long width)
    {
        if (!IsOfShorterEdge)
            return (Height, Width);
        var longer = (long)((double)(Height * Math.Max(height, width)) / Math.Min(height, width));
        return width <= height ? (longer, Height) : (Height, longer);
    }
}
