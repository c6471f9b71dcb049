using System.Globalization;
using System.Text;

namespace Afterimage.Planning;

/// <summary>A plan as text: one line per forward, one column per group of sites that do the same.</summary>
internal static class PlanTable
{
    public static string Of(CachePlan plan)
    {
        var text = new StringBuilder();
        var groups = SiteGroup.Of(plan, touched: true);
        Line(text, Title(plan));
        Line(text, Summary(plan));
        if (!plan.DecidesAtRunTime)
            Line(text, Kinds(plan));
        if (plan.Slots.Any(slot => slot.OnHost))
            Line(text, OnHost(plan));
        Line(text, "");
        Sites(text, "columns", groups, numbered: true);
        Sites(text, "left alone", SiteGroup.Of(plan, touched: false), numbered: false);
        Line(text, "");
        foreach (var line in Aligned([Header(plan, groups), .. plan.Rows.Select(row => Row(plan, row, groups))]))
            Line(text, line);
        Line(text, "");
        Line(text, Legend(plan));
        foreach (var note in plan.Notes)
            Line(text, $"note: {note}");
        return text.ToString();
    }

    public static string Title(CachePlan plan) =>
        string.Create(CultureInfo.InvariantCulture, $"{plan.Method}: {plan.Rows.Length} forwards, {Enumerable.Range(0, plan.Sites.Length).Count(plan.IsListed)} sites, ")
        + plan.Layout switch
        {
            GuidanceLayout.Batched => "guidance in one batch",
            GuidanceLayout.Sequential => "guidance in two calls" + (plan.SharesStateAcrossContexts ? " that share their history" : ""),
            _ => "one call a step",
        };

    public static string Summary(CachePlan plan)
    {
        string[] parts =
        [
            .. Share(plan.SkippedSiteForwards, plan.SiteForwards, "site forwards"),
            .. plan.SkippedUnconditionalHalves > 0 ? Share(plan.SkippedUnconditionalHalves, plan.Rows.Length, "unconditional halves") : [],
        ];
        var skipped = parts.Length == 0 ? "nothing is skipped" : $"skipped: {string.Join(", ", parts)}";
        return !plan.DecidesAtRunTime ? skipped
            : plan.SkippedSiteForwards == 0 ? "what is skipped is decided while it runs"
            : $"what is skipped is decided while it runs; where nothing more is, {skipped}";
    }

    private static string Kinds(CachePlan plan)
    {
        var again = plan.KindsOfHistories.SelectMany(kinds => kinds.OfType<StepKind>().GroupBy(kind => kind)).Where(kind => kind.Count() > 1).Sum(kind => kind.Count());
        return string.Create(CultureInfo.InvariantCulture, $"kinds of step: {plan.StepKinds}, {again} of {plan.Rows.Length} forwards of one that comes again");
    }

    private static string OnHost(CachePlan plan)
    {
        var kept = plan.Slots.Count(slot => slot.Values > 0);
        var onHost = plan.Slots.Count(slot => slot.OnHost);
        return "kept in the host's memory: " + (onHost == kept ? "what every site keeps" : $"what {onHost} of {kept} sites keep");
    }

    /// <summary>The w of H0 + w·(H0 − H1), or null for another combination.</summary>
    public static double? Weight(PlanCell cell) =>
        cell.Coefficients is [var newest, var before] && Math.Abs(newest + before - 1) < 1e-12 ? -before : null;

    public static string Text(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string[] Share(int part, int whole, string of) =>
        whole == 0 ? [] : [string.Create(CultureInfo.InvariantCulture, $"{part} of {whole} {of} ({100.0 * part / whole:0} %)")];

    private static void Sites(StringBuilder text, string heading, SiteGroup[] groups, bool numbered)
    {
        if (groups.Length == 0)
            return;
        Line(text, heading);
        for (var i = 0; i < groups.Length; i++)
        {
            var number = numbered ? $"{i + 1,4}  " : "  ";
            var count = groups[i].Sites.Length == 1 ? "" : $" ×{groups[i].Sites.Length}";
            Line(text, $"{number}{groups[i].Label}{count}");
        }
    }

    private static string[] Header(CachePlan plan, SiteGroup[] groups) =>
        [.. Columns(plan, "forward", "context", "timestep", "guidance"), .. groups.Select((_, i) => $"{i + 1}")];

    private static string[] Row(CachePlan plan, PlanRow row, SiteGroup[] groups) =>
    [
        .. Columns(plan, $"{row.Index}", row.Context, Text(row.Timestep), Guidance(plan.GuidanceOf(row))),
        .. groups.Select(group => plan.IsUndecided(row, group.Sites[0]) ? "?" : Cell(row.Cells[group.Sites[0]])),
    ];

    // Columns that say the same in every row of such a plan are left out.
    private static IEnumerable<string> Columns(CachePlan plan, string forward, string context, string timestep, string guidance)
    {
        yield return forward;
        if (plan.Contexts.Length > 1)
            yield return context;
        yield return timestep;
        if (plan.KeepsConditionalHalf)
            yield return guidance;
    }

    private static string Guidance(PlanCell cell) =>
        !cell.IsComputed ? $"skip {string.Join(" ", cell.Coefficients.Select(Text))}" : cell.Stores ? "keep" : "full";

    private static string Cell(PlanCell cell) => cell switch
    {
        { IsComputed: true } => cell.Stores ? "C" : "c",
        { Action: SiteAction.Combine, Stores: true } => "X" + (Weight(cell) is { } weight ? Text(weight) : Factors(cell)),
        { Action: SiteAction.Combine } => "P" + Factors(cell),
        _ => PlanCellConverter.Letter(cell),
    };

    private static string Factors(PlanCell cell) => string.Join("|", cell.Coefficients.Select(Text));

    private static string Legend(CachePlan plan)
    {
        var cells = plan.Rows.SelectMany(row => row.Cells.Where((_, site) => plan.IsListed(site))).Distinct().ToArray();
        var legend = "C computed and kept, c computed, R reused";
        if (plan.DecidesAtRunTime)
            legend += ", ? decided while it runs";
        if (cells.Any(cell => cell is { Action: SiteAction.Combine, Stores: true }))
            legend += ", Xw newest + w·(newest − the one before), kept";
        if (cells.Any(cell => cell is { Action: SiteAction.Combine, Stores: false }))
            legend += ", Pa|b|… forecast: a·newest + b·first difference + …";
        if (cells.Contains(PlanCell.LeftOut))
            legend += ", - left out";
        if (plan.SkippedUnconditionalHalves > 0)
            legend += "\nguidance: keep = the halves' difference is kept; skip a b = it is added, low frequencies ×a, high ×b";
        if (OfPrompt(plan).Count(site => plan.Slots[site].Values > 0) is > 0 and var kept)
            legend += string.Create(CultureInfo.InvariantCulture, $"\nthe prompt's projections (×{kept}) are computed at the first forward and reused at all others");
        return legend;
    }

    private static IEnumerable<int> OfPrompt(CachePlan plan) => Enumerable.Range(0, plan.Sites.Length).Where(plan.IsOfPrompt);

    private static IEnumerable<string> Aligned(string[][] rows)
    {
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        return rows.Select(row => string.Join("  ", row.Zip(widths, (text, width) => text.PadRight(width))).TrimEnd());
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
