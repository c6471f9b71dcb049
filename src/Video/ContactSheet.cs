using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Video;

/// <summary>Frames of many films of one size on one picture.</summary>
internal static class ContactSheet
{
    private const int Margin = 16;
    private const int Gap = 8;
    private const int LongestSide = 160;
    private const float TextSize = 13;
    private const float LineHeight = 16;
    private static readonly SKColor s_ink = new(0x1F, 0x29, 0x33);

    /// <summary>Writes a PNG, whole or not at all.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="columns">What stands above the columns.</param>
    /// <param name="rows">With a film for each column.</param>
    /// <param name="scale">The sides of the square that a pixel becomes; by default what makes small films as large as others.</param>
    public static void Save(string path, IReadOnlyList<string> columns, IReadOnlyList<ContactRow> rows, int? scale = null)
    {
        using var font = new PictureFont();
        var (width, height) = CellOf(rows[0].Films[0], scale);
        var heads = columns.Select(column => Lines(font, column, width)).ToArray();
        var left = Margin + (int)Math.Ceiling(rows.Max(row => font.Width(row.Caption, TextSize))) + Gap;
        var top = Margin + (int)(heads.Max(lines => lines.Count) * LineHeight) + Gap;

        using var bitmap = new SKBitmap(
            left + columns.Count * (width + Gap) - Gap + Margin, top + rows.Count * (height + Gap) - Gap + Margin, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.White);
            for (var column = 0; column < columns.Count; column++)
            {
                for (var line = 0; line < heads[column].Count; line++)
                    font.Write(canvas, heads[column][line], left + column * (width + Gap), Margin + (line + 0.8f) * LineHeight, TextSize, s_ink);
            }
            for (var row = 0; row < rows.Count; row++)
            {
                var y = top + row * (height + Gap);
                font.Write(canvas, rows[row].Caption, Margin, y + height / 2f + TextSize / 3, TextSize, s_ink);
                for (var column = 0; column < columns.Count; column++)
                    Draw(canvas, rows[row].Films[column], SKRect.Create(left + column * (width + Gap), y, width, height));
            }
        }
        // Encoded in memory: what a stream throws would go through Skia, and end the process.
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        WholeFile.Write(path, data.SaveTo);
    }

    /// <summary>Small films are enlarged by a whole number, each pixel to a square; large ones are reduced.</summary>
    private static (int Width, int Height) CellOf(Film film, int? scale)
    {
        if (scale is { } factor)
            return (film.Width * factor, film.Height * factor);
        var longer = Math.Max(film.Width, film.Height);
        return longer <= LongestSide
            ? (film.Width * (LongestSide / longer), film.Height * (LongestSide / longer))
            : (Math.Max(1, film.Width * LongestSide / longer), Math.Max(1, film.Height * LongestSide / longer));
    }

    private static void Draw(SKCanvas canvas, Film film, SKRect place)
    {
        using var bitmap = FramePixels.Of(film, 0);
        using var image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(
            image,
            place,
            place.Width >= film.Width ? new SKSamplingOptions(SKFilterMode.Nearest) : new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }

    /// <summary>A text in lines that are no wider than a column, but for words that are.</summary>
    private static List<string> Lines(PictureFont font, string text, int width)
    {
        var lines = new List<string>();
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && font.Width($"{lines[^1]} {word}", TextSize) <= width)
                lines[^1] += $" {word}";
            else
                lines.Add(word);
        }
        return lines;
    }
}
