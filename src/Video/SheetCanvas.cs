using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Video;

/// <summary>Draws a sheet. What does not change from frame to frame is drawn once and stays.</summary>
internal sealed class SheetCanvas : IDisposable
{
    private const float LargestText = 22;
    private static readonly SKColor s_paper = SKColors.White;
    private static readonly SKColor s_ink = new(0x1F, 0x29, 0x33);

    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;

    public SheetCanvas(Sheet sheet)
    {
        Picture = sheet.Picture;
        _bitmap = new SKBitmap(sheet.Width, sheet.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        _canvas = new SKCanvas(_bitmap);
        _canvas.Clear(s_paper);
    }

    private SKRect Picture { get; }

    /// <summary>Below a film and centred, in smaller letters where it would be wider than the film.</summary>
    public void DrawCaption(PictureFont font, string caption, SKRectI film)
    {
        var width = font.Width(caption, LargestText);
        var size = width <= film.Width ? LargestText : LargestText * film.Width / width;
        font.Write(_canvas, caption, film.MidX, film.Bottom + Sheet.CaptionHeight / 2 + size / 3, size, s_ink, SKTextAlign.Center);
    }

    public void DrawPicture(SKBitmap picture)
    {
        using var image = SKImage.FromBitmap(picture);
        _canvas.DrawImage(image, Picture, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }

    public void DrawFrame(Film film, int index, SKRectI place)
    {
        using var bitmap = FramePixels.Of(film, index);
        using var image = SKImage.FromBitmap(bitmap);
        _canvas.DrawImage(image, place, new SKSamplingOptions(SKFilterMode.Nearest));
    }

    /// <summary>What is drawn so far, as a film's frame.</summary>
    public byte[] Bytes()
    {
        var pixels = _bitmap.GetPixelSpan();
        var frame = new byte[pixels.Length / 4 * 3];
        for (int from = 0, to = 0; to < frame.Length; from += 4, to += 3)
            pixels.Slice(from, 3).CopyTo(frame.AsSpan(to, 3));
        return frame;
    }

    public void Dispose()
    {
        _canvas.Dispose();
        _bitmap.Dispose();
    }
}
