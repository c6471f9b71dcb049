using SkiaSharp;

namespace Afterimage.Video;

/// <summary>What the colours mean, and how often each occurs.</summary>
internal sealed class PictureLegend
{
    private const float LineHeight = 24;
    private const float Swatch = 14;
    private const float Gap = 28;
    private const float TextSize = 13;

    private readonly (string Heading, (SKColor From, SKColor To, string Text)[] Entries)[] _rows;

    public PictureLegend(CachePlan plan)
    {
        var cells = plan.Rows.SelectMany(row => row.Cells.Where((_, site) => plan.Touches(site))).ToArray();
        var guidance = plan.Rows.Select(plan.GuidanceOf).ToArray();
        (SKColor, SKColor, string)[] sites =
        [
            .. Entry(Palette.Kept, Palette.Kept, "computed and kept", cells.Count(cell => cell is { IsComputed: true, Stores: true })),
            .. Entry(Palette.Computed, Palette.Computed, "computed", cells.Count(cell => cell is { IsComputed: true, Stores: false })),
            .. Entry(Palette.Reused, Palette.Reused, "reused", cells.Count(cell => cell.Action == SiteAction.Reuse)),
            .. Entry(Palette.Combined(0), Palette.Combined(1), "extrapolated, weight 0 to 1",
                cells.Count(cell => cell is { Action: SiteAction.Combine, Stores: true })),
            .. Entry(Palette.Predicted, Palette.Predicted, "forecast", cells.Count(cell => cell is { Action: SiteAction.Combine, Stores: false })),
            .. Entry(Palette.LeftOut, Palette.LeftOut, "left out with what is around it", cells.Count(cell => cell.Action == SiteAction.LeftOut)),
        ];
        (SKColor, SKColor, string)[] halves =
        [
            .. Entry(Palette.Kept, Palette.Kept, "computed, difference kept", guidance.Count(cell => cell is { IsComputed: true, Stores: true })),
            .. Entry(Palette.Computed, Palette.Computed, "computed", guidance.Count(cell => cell is { IsComputed: true, Stores: false })),
            .. Entry(Palette.HalfSkipped, Palette.HalfSkipped, "rebuilt from the difference",
                guidance.Count(cell => !cell.IsComputed)),
        ];
        _rows = plan.KeepsConditionalHalf ? [("sites", sites), ("guidance", halves)] : [("sites", sites)];
    }

    public float Height => _rows.Length * LineHeight;

    public float Width(PictureFont font) =>
        _rows.Max(row => HeadingWidth(font) + row.Entries.Sum(entry => Swatch + 7 + font.Width(entry.Text, TextSize) + Gap));

    public void Draw(SKCanvas canvas, PictureFont font, float left, float top)
    {
        foreach (var (heading, entries) in _rows)
        {
            var baseline = top + LineHeight / 2 + 5;
            font.Write(canvas, heading, left, baseline, TextSize, Palette.PaleInk);
            var x = left + HeadingWidth(font);
            foreach (var (from, to, text) in entries)
            {
                var box = SKRect.Create(x, baseline - Swatch + 2, Swatch, Swatch);
                using var shader = SKShader.CreateLinearGradient(new(box.Left, 0), new(box.Right, 0), [from, to], SKShaderTileMode.Clamp);
                using var paint = new SKPaint { Shader = shader };
                canvas.DrawRect(box, paint);
                font.Write(canvas, text, x + Swatch + 7, baseline, TextSize, Palette.Ink);
                x += Swatch + 7 + font.Width(text, TextSize) + Gap;
            }
            top += LineHeight;
        }
    }

    private float HeadingWidth(PictureFont font) => _rows.Max(row => font.Width(row.Heading, TextSize)) + 16;

    private static IEnumerable<(SKColor From, SKColor To, string Text)> Entry(SKColor from, SKColor to, string text, int count) =>
        count == 0 ? [] : [(from, to, $"{text}: {count}")];
}
