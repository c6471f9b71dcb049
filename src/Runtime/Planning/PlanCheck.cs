namespace Afterimage.Planning;

/// <summary>Finds what makes a plan that came from outside impossible to run.</summary>
internal static class PlanCheck
{
    public static string? FirstProblem(CachePlan plan)
    {
        if (plan.Rows.IsEmpty)
            return "it has no rows.";
        if (!plan.Sites.SequenceEqual(CacheSite.OfRun(plan.Sites, plan.Layout)))
            return $"its sites are not those of a run with {nameof(GuidanceLayout)}.{plan.Layout}.";
        var histories = plan.Contexts.ToDictionary(context => context, _ => new History(plan.Sites.Length));
        if (plan.SharesStateAcrossContexts)
            histories = plan.Contexts.ToDictionary(context => context, _ => histories[plan.Contexts[0]]);
        return plan.Rows.Select((row, call) => ProblemOf(plan, row, call, histories)).FirstOrDefault(problem => problem is not null);
    }

    private static string? ProblemOf(CachePlan plan, PlanRow row, int call, Dictionary<string, History> histories)
    {
        var context = plan.Contexts[call % plan.Contexts.Length];
        if (row.Context != context || row.Index != call / plan.Contexts.Length)
            return $"call {call} should be forward {call / plan.Contexts.Length} of context \"{context}\".";
        if (row.Cells.Length != plan.Sites.Length)
            return $"call {call} has {row.Cells.Length} cells for {plan.Sites.Length} sites.";

        var history = histories[context];
        for (var site = 0; site < row.Cells.Length; site++)
        {
            var cell = row.Cells[site];
            var read = cell.Depth;
            if (cell.Action == SiteAction.Combine && read == 0)
                return $"call {call} combines nothing at {plan.Sites[site].Name}.";
            var held = Math.Min(history.Kept[site], plan.Slots[site].Values);
            if (read > held)
                return $"call {call} reads {read} kept results of {plan.Sites[site].Name}, and there are {held}.";
            history.Kept[site] += cell.Stores ? plan.Sites[site].Elements : 0;
        }
        if (plan.GuidanceOf(row) is { IsComputed: false } and not { Action: SiteAction.Combine, Stores: false, Coefficients.Length: 2 })
            return $"call {call} rebuilds the unconditional half, which takes two weights, of low and of high frequencies, and keeps nothing.";
        return null;
    }

    private sealed class History(int sites)
    {
        public int[] Kept { get; } = new int[sites];
    }
}
