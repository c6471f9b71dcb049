using System.Globalization;
using System.Text;
using Afterimage.Tuning;

namespace Afterimage.Cli.Tuning;

/// <summary>Plans and caches by their speed-up and their PSNR, as SVG.</summary>
internal sealed class FrontPicture
{
    private const double Width = 640, Height = 400, Left = 60, Right = 24, Top = 40, Bottom = 56;
    private const string Ink = "#1f2933", PaleInk = "#6b7785", Tuned = "#1f4e8c", Behind = "#8faed6", Compared = "#be2f4b";

    private readonly StringBuilder _text = new();
    private readonly (double Low, double High) _speeds;
    private readonly (double Low, double High) _likeness;

    private FrontPicture(IReadOnlyList<(double Speedup, double Psnr)> points)
    {
        _speeds = Range([1, .. points.Select(point => point.Speedup)], 0.1);
        _likeness = Range([.. points.Select(point => point.Psnr)], 2);
    }

    /// <summary>Draws it.</summary>
    public static string Draw(PlanFront front)
    {
        var picture = new FrontPicture([.. front.Plans.Concat(front.Others).Select(plan => (plan.Speedup.Median, plan.MeanPsnr)), .. front.Compared.Select(PointOf)]);
        picture.DrawAll(front);
        return picture._text.ToString();
    }

    private void DrawAll(PlanFront front)
    {
        Line($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Line($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        foreach (var speed in Ticks(_speeds, 0.2))
            Grid(X(speed), Height - Bottom, X(speed), Top, $"{speed.ToString("0.0", CultureInfo.InvariantCulture)}×", X(speed), Height - Bottom + 18, "middle");
        foreach (var psnr in Ticks(_likeness, 5))
            Grid(Left, Y(psnr), Width - Right, Y(psnr), psnr.ToString(CultureInfo.InvariantCulture), Left - 8, Y(psnr) + 4, "end");
        Write("speed-up", (Left + Width - Right) / 2, Height - 14, Ink, "middle");
        Write("PSNR in dB, mean of the films and the worst", Left, 24, Ink, "start");
        var line = string.Join(' ', front.Plans.Select(plan => Invariant($"{X(plan.Speedup.Median):F1},{Y(plan.MeanPsnr):F1}")));
        Line($"<polyline points=\"{line}\" fill=\"none\" stroke=\"{Tuned}\" stroke-width=\"2\"/>");
        foreach (var plan in front.Others)
            Point(plan.Speedup.Median, plan.Films, Behind, "");
        foreach (var cache in front.Compared)
            Point(PointOf(cache).Speedup, cache.Films, Compared, cache.Name);
        foreach (var plan in front.Plans)
            Point(plan.Speedup.Median, plan.Films, Tuned, plan.Plan.Method);
        Line($"</svg>");
    }

    private void Point(double speedup, IReadOnlyList<FilmMeasures> films, string colour, string name)
    {
        var (mean, worst) = (films.Average(film => film.Psnr), films.Min(film => film.Psnr));
        Line($"<line x1=\"{X(speedup):F1}\" y1=\"{Y(mean):F1}\" x2=\"{X(speedup):F1}\" y2=\"{Y(Math.Max(worst, _likeness.Low)):F1}\" stroke=\"{colour}\"/>");
        Line($"<circle cx=\"{X(speedup):F1}\" cy=\"{Y(mean):F1}\" r=\"4\" fill=\"{colour}\"/>");
        Write(System.Security.SecurityElement.Escape(name), X(speedup) + 8, Y(mean) - 6, colour, "start");
    }

    private static (double Speedup, double Psnr) PointOf(ComparedCache cache) => (Spread.Of(cache.Films.Select(film => film.Speedup)).Median, cache.Films.Average(film => film.Psnr));

    private static (double Low, double High) Range(IReadOnlyList<double> values, double air) => values.Count == 0 ? (0, 1) : (values.Min() - air, values.Max() + air);

    private static IEnumerable<double> Ticks((double Low, double High) range, double step)
    {
        for (var tick = Math.Ceiling(range.Low / step); tick * step <= range.High; tick++)
            yield return Math.Round(tick * step, 1);
    }

    private void Grid(double x1, double y1, double x2, double y2, string label, double x, double y, string anchor)
    {
        Line($"<line x1=\"{x1:F1}\" y1=\"{y1:F1}\" x2=\"{x2:F1}\" y2=\"{y2:F1}\" stroke=\"#e2e6eb\"/>");
        Write(label, x, y, PaleInk, anchor);
    }

    private void Write(string? text, double x, double y, string colour, string anchor) =>
        Line($"<text x=\"{x:F1}\" y=\"{y:F1}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{text}</text>");

    private double X(double speedup) => Left + (Width - Left - Right) * (speedup - _speeds.Low) / (_speeds.High - _speeds.Low);

    private double Y(double psnr) => Height - Bottom - (Height - Top - Bottom) * (psnr - _likeness.Low) / (_likeness.High - _likeness.Low);

    private void Line(FormattableString line) => _text.Append(Invariant(line)).Append('\n');

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
