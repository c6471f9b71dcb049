using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Video;

/// <summary>Two films as one, so that the eye can compare them.</summary>
public static class SideBySide
{
    /// <summary>
    /// Puts two films next to each other, each with its caption below, and the picture of a plan below both. Films whose longer side
    /// has less than 480 pixels are enlarged by the whole number that makes it so, each pixel to a square.
    /// </summary>
    /// <param name="left">One film.</param>
    /// <param name="right">Another, with as many frames, of the same size and rate.</param>
    /// <param name="plan">What is drawn below, if anything.</param>
    /// <exception cref="ArgumentException">The films differ in size, number of frames or rate.</exception>
    public static Film Compose(CaptionedFilm left, CaptionedFilm right, CachePlan? plan = null)
    {
        left.Film.RequireAlike(right.Film, nameof(right));
        using var font = new PictureFont();
        using var picture = plan is null ? null : PictureOf(plan);
        var sheet = new Sheet(left.Film, picture);
        using var canvas = new SheetCanvas(sheet);
        canvas.DrawCaption(font, left.Caption, sheet.Left);
        canvas.DrawCaption(font, right.Caption, sheet.Right);
        if (picture is not null)
            canvas.DrawPicture(picture);

        var frames = new byte[left.Film.FrameCount][];
        for (var i = 0; i < frames.Length; i++)
        {
            canvas.DrawFrame(left.Film, i, sheet.Left);
            canvas.DrawFrame(right.Film, i, sheet.Right);
            frames[i] = canvas.Bytes();
        }
        return new Film(frames, sheet.Width, sheet.Height, left.Film.FramesPerSecond);
    }

    private static SKBitmap PictureOf(CachePlan plan)
    {
        using var stream = new MemoryStream();
        plan.DrawPng(stream);
        return SKBitmap.Decode(stream.ToArray());
    }
}
