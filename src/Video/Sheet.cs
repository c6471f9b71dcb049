using SkiaSharp;

namespace Afterimage.Video;

/// <summary>Where things lie when two films are side by side, in pixels.</summary>
internal sealed class Sheet
{
    public const int CaptionHeight = 48;
    private const int Margin = 16;
    private const int LongerSide = 480;

    public Sheet(Film film, SKBitmap? picture)
    {
        var longer = Math.Max(film.Width, film.Height);
        var scale = (LongerSide + longer - 1) / longer;
        var (width, height) = (film.Width * scale, film.Height * scale);
        Width = 3 * Margin + 2 * width;
        Left = SKRectI.Create(Margin, Margin, width, height);
        Right = SKRectI.Create(2 * Margin + width, Margin, width, height);
        Height = Margin + height + CaptionHeight;
        if (picture is not null)
        {
            // Never larger than it was drawn.
            var share = Math.Min(1f, (Width - 2f * Margin) / picture.Width);
            Picture = SKRect.Create((Width - picture.Width * share) / 2, Height, picture.Width * share, picture.Height * share);
            Height += (int)Math.Ceiling(Picture.Height) + Margin;
        }
    }

    public int Width { get; }

    public int Height { get; }

    public SKRectI Left { get; }

    public SKRectI Right { get; }

    /// <summary>Where the plan's picture lies, if there is one.</summary>
    public SKRect Picture { get; }
}
