using System.Globalization;
using System.Text;

namespace Afterimage.Cli.Bench;

/// <summary>The cost of a token over the number of tokens, both in logarithms, as SVG.</summary>
internal sealed class GrowthPicture
{
    private const double Width = 640, Height = 400, Left = 70, Right = 24, Top = 52, Bottom = 56;
    private const double Air = 1.25; // around the figures, as a factor
    private const string Ink = "#1f2933", PaleInk = "#6b7785", Own = "#8faed6", One = "#1f4e8c", Several = "#be2f4b";

    private readonly IReadOnlyList<GrowthRow> _rows;
    private readonly StringBuilder _text = new();
    private readonly (double Low, double High) _tokens;
    private readonly (double Low, double High) _costs;

    private GrowthPicture(IReadOnlyList<GrowthRow> rows)
    {
        _rows = rows;
        var costs = rows.SelectMany(row => new[] { row.OwnSeconds, row.Seconds.Low, row.Seconds.High }.Select(row.PerToken)).ToList();
        _tokens = (rows.Min(row => row.Tokens) / Air, rows.Max(row => row.Tokens) * Air);
        _costs = (costs.Min() / Air, costs.Max() * Air);
    }

    /// <summary>Draws it.</summary>
    /// <param name="title">What was measured.</param>
    /// <param name="rows">At least one.</param>
    public static string Draw(string title, IReadOnlyList<GrowthRow> rows)
    {
        var picture = new GrowthPicture(rows);
        picture.DrawAll(title);
        return picture._text.ToString();
    }

    private void DrawAll(string title)
    {
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        Write(title, Left, 22, Ink, "start", size: 15);
        foreach (var tokens in _rows.Select(row => row.Tokens).Distinct())
            Grid(X(tokens), Height - Bottom, X(tokens), Top, tokens.ToString("N0", CultureInfo.InvariantCulture), X(tokens), Height - Bottom + 18, "middle");
        foreach (var cost in Ticks())
            Grid(Left, Y(cost), Width - Right, Y(cost), cost.ToString(CultureInfo.InvariantCulture), Left - 8, Y(cost) + 4, "end");
        Write("tokens", (Left + Width - Right) / 2, Height - 14, Ink, "middle");
        Write("µs a token in a step", Left, 42, Ink, "start");

        var alone = _rows.Where(row => row.Batch == 1).OrderBy(row => row.Tokens).ToList();
        var curve = string.Join(' ', alone.Select(row => Invariant($"{X(row.Tokens):F1},{Y(row.PerToken(row.OwnSeconds)):F1}")));
        Line($"<polyline points=\"{curve}\" fill=\"none\" stroke=\"{Own}\" stroke-width=\"3\"/>");
        // Several samples lie beside the one of their size, and not upon it.
        foreach (var row in _rows)
            Point(row, X(row.Tokens) + 12 * Math.Log2(row.Batch));
        Write("the model's own: O(n) + O(n²)", Width - Right, 26, Own, "end");
        Write("measured, one sample", Width - Right, 42, One, "end");
        if (_rows.Any(row => row.Batch > 1))
            Write($"{string.Join(", ", _rows.Where(row => row.Batch > 1).Select(row => row.Batch))} samples", Width - Right - 150, 42, Several, "end");
        Line($"</svg>");
    }

    private void Point(GrowthRow row, double x)
    {
        var colour = row.Batch == 1 ? One : Several;
        var (low, high) = (Y(row.PerToken(row.Seconds.Low)), Y(row.PerToken(row.Seconds.High)));
        Line($"<line x1=\"{x:F1}\" y1=\"{low:F1}\" x2=\"{x:F1}\" y2=\"{high:F1}\" stroke=\"{colour}\"/>");
        Line($"<circle cx=\"{x:F1}\" cy=\"{Y(row.PerToken(row.Seconds.Median)):F1}\" r=\"4\" fill=\"{colour}\"/>");
    }

    private void Grid(double x1, double y1, double x2, double y2, string label, double x, double y, string anchor)
    {
        Line($"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"#e2e6eb\"/>");
        Write(label, x, y, PaleInk, anchor);
    }

    private void Write(string text, double x, double y, string colour, string anchor, int size = 12) =>
        Line($"<text x=\"{x:F1}\" y=\"{y:F1}\" fill=\"{colour}\" text-anchor=\"{anchor}\" font-size=\"{size}\">{text}</text>");

    /// <summary>1, 2 and 5 of every decade.</summary>
    private IEnumerable<double> Ticks() =>
        from decade in Enumerable.Range(-3, 12)
        from first in new[] { 1, 2, 5 }
        let cost = first * Math.Pow(10, decade)
        where cost > _costs.Low && cost < _costs.High
        select cost;

    private double X(double tokens) => Left + (Width - Left - Right) * Place(tokens, _tokens);

    private double Y(double cost) => Height - Bottom - (Height - Top - Bottom) * Place(cost, _costs);

    private static double Place(double value, (double Low, double High) range) => Math.Log(value / range.Low) / Math.Log(range.High / range.Low);

    private void Line(FormattableString line) => _text.Append(Invariant(line)).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
