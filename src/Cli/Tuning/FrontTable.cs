using System.Globalization;
using Afterimage.Tuning;
using Spectre.Console;

namespace Afterimage.Cli.Tuning;

/// <summary>What plans and caches do, one a row.</summary>
internal static class FrontTable
{
    private static readonly string[] s_columns = ["cache", "speed-up", "PSNR dB", "SSIM", "MS-GMSD", "flicker", "LPIPS", "history MiB", "predicted"];

    /// <summary>For a terminal.</summary>
    public static Table Of(PlanFront front) => Rows(front).Aggregate(new Table().AddColumns(s_columns), (table, row) => table.AddRow([.. row.Select(Markup.Escape)]));

    /// <summary>In Markdown.</summary>
    public static void Write(System.Text.StringBuilder text, PlanFront front)
    {
        MarkdownTable.Row(text, s_columns);
        MarkdownTable.Rule(text, s_columns.Length, left: 1);
        foreach (var row in Rows(front))
            MarkdownTable.Row(text, row);
    }

    private static IEnumerable<string[]> Rows(PlanFront front) =>
    [
        .. front.Plans.Select(plan => Row(plan, plan == front.Best ? $"**{plan.Plan.Method}**" : plan.Plan.Method)),
        .. front.Others.Select(plan => Row(plan, $"{plan.Plan.Method}, behind another")),
        .. front.Compared.Select(cache => (string[])[cache.Name, .. Figures(cache.Films, cache.HistoryBytes), "–"]),
    ];

    private static string[] Row(TunedPlan plan, string name) =>
        [name, .. Figures(plan.Films, plan.HistoryBytes), string.Create(CultureInfo.InvariantCulture, $"{plan.PredictedSpeedup:F2}×, {plan.PredictedPsnr:F1} dB")];

    private static string[] Figures(IReadOnlyList<FilmMeasures> films, long historyBytes) =>
    [
        Spread.Of(films.Select(film => film.Speedup)).AsSpeedup(),
        string.Create(CultureInfo.InvariantCulture, $"{films.Average(film => film.Psnr):F1} ({films.Min(film => film.Psnr):F1})"),
        string.Create(CultureInfo.InvariantCulture, $"{films.Average(film => film.Ssim):F3} ({films.Min(film => film.Ssim):F3})"),
        string.Create(CultureInfo.InvariantCulture, $"{films.Average(film => film.Gmsd):F4} ({films.Max(film => film.Gmsd):F4})"),
        films.Average(film => film.Flicker) is { } flicker ? flicker.ToString("+0.0000;−0.0000;0.0000", CultureInfo.InvariantCulture) : "–",
        films.Average(film => film.Lpips) is { } lpips ? lpips.ToString("F4", CultureInfo.InvariantCulture) : "–",
        string.Create(CultureInfo.InvariantCulture, $"{historyBytes / 1048576.0:F2}"),
    ];
}
