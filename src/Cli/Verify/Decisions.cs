namespace Afterimage.Cli.Verify;

/// <summary>Compares a plan with what the recorded cache did.</summary>
internal static class Decisions
{
    /// <summary><c>equal</c>, the first difference, or null where nothing was cached.</summary>
    public static string? Compare(CachePlan? plan, TraceRecording recording)
    {
        if (plan is null)
            return null;
        var touched = Enumerable.Range(0, plan.Sites.Length).Where(plan.Touches).ToList();
        var names = touched.Select(site => plan.Sites[site].Name).ToList();
        if (!names.SequenceEqual(recording.HookedModules))
            return $"cached modules: recorded {string.Join(", ", recording.HookedModules)}; here {string.Join(", ", names)}";
        if (plan.Rows.Length != recording.Decisions.Count)
            return $"forwards: recorded {recording.Decisions.Count}; here {plan.Rows.Length}";

        foreach (var (row, decision) in plan.Rows.Zip(recording.Decisions))
        {
            var where = $"step {decision.Step}, {decision.Call}";
            var skipped = row.Guidance.Action == GuidanceAction.SkipUnconditional;
            if (decision.UncondSkipped is { } recorded && recorded != skipped)
                return $"{where}: unconditional half {(recorded ? "skipped" : "computed")} in the recording only";
            for (var i = 0; i < touched.Count; i++)
            {
                var here = row.Cells[touched[i]].IsComputed ? 'C' : 'S';
                if (decision.Modules[i] != here)
                    return $"{where}, {names[i]}: recorded {decision.Modules[i]}, here {here}";
            }
        }
        return "equal";
    }
}
