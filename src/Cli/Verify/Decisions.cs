using System.Globalization;

namespace Afterimage.Cli.Verify;

/// <summary>Compares what a run did with what the recorded cache did.</summary>
internal static class Decisions
{
    /// <summary><c>equal</c>, the first difference, or null where nothing was cached.</summary>
    public static string? Compare(CachePlan? did, IReadOnlyList<string> hookedModules, IReadOnlyList<DecisionRecording> decisions)
    {
        if (did is null)
            return null;
        var columns = hookedModules.Select(name => Column.Of(did, name)).ToArray();
        var hooked = columns.OfType<Column>().Select(column => column.Touched).Distinct().Order();
        var touched = Enumerable.Range(0, did.Sites.Length).Where(did.Touches).ToList();
        if (columns.Contains(null) || !hooked.SequenceEqual(touched))
            return $"cached modules: recorded {string.Join(", ", hookedModules)}; here {string.Join(", ", touched.Select(site => did.Sites[site].Name))}";
        if (did.Rows.Length != decisions.Count)
            return $"forwards: recorded {decisions.Count}; here {did.Rows.Length}";

        foreach (var (row, decision) in did.Rows.Zip(decisions))
        {
            var where = $"step {decision.Step}, {decision.Call}";
            var skipped = !did.GuidanceOf(row).IsComputed;
            if (decision.UncondSkipped is { } recorded && recorded != skipped)
                return $"{where}: unconditional half {(recorded ? "skipped" : "computed")} in the recording only";
            for (var i = 0; i < columns.Length; i++)
            {
                var here = columns[i]!.AlwaysRuns || row.Cells[columns[i]!.Site].IsComputed ? 'C' : 'S';
                if (decision.Modules[i] != here)
                    return $"{where}, {hookedModules[i]}: recorded {decision.Modules[i]}, here {here}";
            }
        }
        return "equal";
    }

    /// <summary>What a plan says of a hooked module: a site, or a block of a stack.</summary>
    /// <param name="Site">The site whose cells are the module's.</param>
    /// <param name="Touched">The site that the method is about: the same, or the one that leaves it out.</param>
    /// <param name="AlwaysRuns">Whether it is a block before the gate, or after it.</param>
    private sealed record Column(int Site, int Touched, bool AlwaysRuns)
    {
        public static Column? Of(CachePlan plan, string module)
        {
            var site = Find(plan, module);
            if (site >= 0 && plan.Touches(site))
                return new Column(site, site, false);
            var parent = module[..Math.Max(0, module.LastIndexOf('.'))];
            var stack = Find(plan, parent);
            if (stack < 0 || !int.TryParse(module[(parent.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var block))
                return null;
            var touched = plan.Touches(stack) ? stack : Find(plan, plan.Sites[stack].LeftOutWith);
            var isFirst = plan.Sites.First(each => each.Kind == SiteKind.BlockStack) == plan.Sites[stack];
            return touched >= 0 && plan.Touches(touched) ? new Column(stack, touched, isFirst && block < plan.Gate?.Head) : null;
        }

        private static int Find(CachePlan plan, string? name) => plan.Sites.Select(site => site.Name).ToList().IndexOf(name ?? "\0");
    }
}
