using SkiaSharp;

namespace Afterimage.Video;

/// <summary>Writes and measures text in the font that the assembly carries.</summary>
internal sealed class PictureFont : IDisposable
{
    private readonly SKTypeface _typeface;
    private readonly SKPaint _paint = new() { IsAntialias = true };

    public PictureFont()
    {
        using var resource = typeof(PictureFont).Assembly.GetManifestResourceStream("Afterimage.Roboto.ttf")!;
        using var data = SKData.Create(resource);
        _typeface = SKTypeface.FromData(data);
    }

    public float Width(string text, float size)
    {
        using var font = Sized(size);
        return font.MeasureText(text);
    }

    public void Write(
        SKCanvas canvas, string text, float x, float baseline, float size, SKColor color, SKTextAlign align = SKTextAlign.Left)
    {
        using var font = Sized(size);
        _paint.Color = color;
        canvas.DrawText(text, x, baseline, align, font, _paint);
    }

    public void Dispose()
    {
        _paint.Dispose();
        _typeface.Dispose();
    }

    private SKFont Sized(float size) => new(_typeface, size)
    {
        Subpixel = true,
        LinearMetrics = true,
        Hinting = SKFontHinting.None,
        Edging = SKFontEdging.Antialias,
    };
}
