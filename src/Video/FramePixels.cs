using SkiaSharp;

namespace Afterimage.Video;

/// <summary>Frames as Skia draws them.</summary>
internal static class FramePixels
{
    /// <summary>A frame of a film. The caller disposes of it.</summary>
    public static SKBitmap Of(Film film, int index)
    {
        var bitmap = new SKBitmap(film.Width, film.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var frame = film.Frames[index];
        var pixels = bitmap.GetPixelSpan();
        pixels.Fill(byte.MaxValue);
        for (int from = 0, to = 0; from < frame.Length; from += 3, to += 4)
            frame.AsSpan(from, 3).CopyTo(pixels.Slice(to, 3));
        return bitmap;
    }
}
