using ImageMagick;

namespace Afterimage.Video.Formats;

/// <summary>Frames for Magick.NET.</summary>
internal static class FramePicture
{
    /// <summary>A copy of one frame; the caller disposes it.</summary>
    public static MagickImage Of(Film film, int index)
    {
        var picture = new MagickImage();
        picture.ReadPixels(
            film.Frames[index],
            new PixelReadSettings((uint)film.Width, (uint)film.Height, StorageType.Char, PixelMapping.RGB));
        return picture;
    }
}
