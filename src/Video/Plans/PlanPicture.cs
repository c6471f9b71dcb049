using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Video;

/// <summary>A plan as a picture.</summary>
internal sealed class PlanPicture
{
    private const int PixelsPerUnit = 2;
    private const float Margin = 28;
    private const float HeadHeight = 84;
    private const float ContextHeight = 26;
    private const float BandGap = 8;
    private const float AxisHeight = 52;
    private const float GridWidth = 900;

    private readonly CachePlan _plan;
    private readonly PictureFont _font;
    private readonly (string Context, PictureBand[] Bands)[] _panels;
    private readonly PictureLegend _legend;
    private readonly double[] _timesteps;
    private readonly float _cellWidth;
    private readonly float _gridLeft;

    private PlanPicture(CachePlan plan, PictureFont font)
    {
        (_plan, _font) = (plan, font);
        _panels = PictureBand.Of(plan);
        _legend = new PictureLegend(plan);
        _timesteps = [.. plan.Timesteps];
        _cellWidth = Math.Clamp(GridWidth / _timesteps.Length, 4, 40);
        var labels = _panels.SelectMany(panel => panel.Bands)
            .Max(band => Math.Max(font.Width(band.Label, 14), font.Width(band.Remark, 11.5f)));
        _gridLeft = Margin + Math.Max(labels, 60) + 18;
    }

    public static void Draw(CachePlan plan, Stream stream)
    {
        using var font = new PictureFont();
        var picture = new PlanPicture(plan, font);
        var (width, height) = picture.Size();
        using var bitmap = new SKBitmap((int)Math.Ceiling(width) * PixelsPerUnit, (int)Math.Ceiling(height) * PixelsPerUnit);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(Palette.Paper);
            canvas.Scale(PixelsPerUnit);
            picture.Draw(canvas);
        }
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        data.SaveTo(stream);
    }

    private (float Width, float Height) Size()
    {
        var right = _gridLeft + _cellWidth * _timesteps.Length;
        float[] texts = [_font.Width(PlanTable.Title(_plan), 20), _font.Width(PlanTable.Summary(_plan), 14), _legend.Width(_font)];
        var panels = _panels.Sum(panel =>
            (panel.Context.Length > 0 ? ContextHeight : 0) + panel.Bands.Sum(band => band.Height + BandGap));
        return (Math.Max(right, Margin + texts.Max()) + Margin, HeadHeight + panels + AxisHeight + _legend.Height + Margin);
    }

    private void Draw(SKCanvas canvas)
    {
        _font.Write(canvas, PlanTable.Title(_plan), Margin, 42, 20, Palette.Ink);
        _font.Write(canvas, PlanTable.Summary(_plan), Margin, 66, 14, Palette.PaleInk);
        var top = HeadHeight;
        foreach (var (context, bands) in _panels)
        {
            if (context.Length > 0)
            {
                _font.Write(canvas, $"calls of context \"{context}\"", Margin, top + 15, 13, Palette.PaleInk);
                top += ContextHeight;
            }
            foreach (var band in bands)
            {
                Draw(canvas, band, top);
                top += band.Height + BandGap;
            }
        }
        DrawAxis(canvas, top);
        _legend.Draw(canvas, _font, Margin, top + AxisHeight);
    }

    private void Draw(SKCanvas canvas, PictureBand band, float top)
    {
        var middle = top + band.Height / 2;
        _font.Write(canvas, band.Label, _gridLeft - 14, middle - 2, 14, Palette.Ink, SKTextAlign.Right);
        _font.Write(canvas, band.Remark, _gridLeft - 14, middle + 13, 11.5f, Palette.PaleInk, SKTextAlign.Right);

        var lineHeight = band.Height / band.Lines;
        var (columnGap, lineGap) = (_cellWidth < 8 ? 0.5f : 1.5f, lineHeight < 5 ? 0.5f : 1);
        using var paint = new SKPaint();
        for (var step = 0; step < band.Colors.Length; step++)
        {
            paint.Color = band.Colors[step];
            for (var line = 0; line < band.Lines; line++)
            {
                canvas.DrawRect(SKRect.Create(
                    _gridLeft + step * _cellWidth, top + line * lineHeight, _cellWidth - columnGap,
                    lineHeight - (line == band.Lines - 1 ? 0 : lineGap)), paint);
            }
        }
    }

    /// <summary>Steps and timesteps under as many columns as their texts leave room for.</summary>
    private void DrawAxis(SKCanvas canvas, float top)
    {
        _font.Write(canvas, "step", _gridLeft - 14, top + 14, 12, Palette.PaleInk, SKTextAlign.Right);
        _font.Write(canvas, "timestep", _gridLeft - 14, top + 31, 12, Palette.PaleInk, SKTextAlign.Right);
        var widest = _timesteps.Max(timestep => _font.Width($"{timestep:0}", 12)) + 10;
        var every = new[] { 1, 2, 5, 10, 20, 50, 100, 200, 500 }.FirstOrDefault(steps => steps * _cellWidth >= widest, 1000);
        for (var step = 0; step < _timesteps.Length; step += every)
        {
            var x = _gridLeft + (step + 0.5f) * _cellWidth;
            _font.Write(canvas, $"{step}", x, top + 14, 12, Palette.Ink, SKTextAlign.Center);
            _font.Write(canvas, $"{_timesteps[step]:0}", x, top + 31, 12, Palette.Ink, SKTextAlign.Center);
        }
    }
}
