using Afterimage.Execution;

namespace Afterimage;

/// <summary>The comparisons of one self-check, in order.</summary>
internal sealed class SelfCheckRun(ICacheableModel model, SiteTable table, ObservedForward forwards, ObservedBlocks blocks)
{
    // Within the timestep ranges that a config has by default.
    private static readonly double[] s_timesteps = [700, 600, 500];

    public IEnumerable<SelfCheckComparison> Compare()
    {
        blocks.Deselect();
        using var body = forwards.Run();
        using (var again = forwards.Run())
        {
            var (fault, difference) = ObservedForward.Compare(again, body);
            yield return new("the body, twice", [], fault == SelfCheckFault.None ? fault : SelfCheckFault.NotRepeatable, difference);
            if (fault != SelfCheckFault.None)
                yield break;
        }

        if (forwards.InputsMoved(body) is { } moved)
            yield return new("the body's inputs", [], SelfCheckFault.InputsWritten, moved);

        for (var mask = 0; mask < 1 << blocks.MostSites; mask++)
        {
            var all = Compare(body, mask, null);
            yield return all;
            // Which block it is, where there are several.
            for (var block = 0; all.Fault != SelfCheckFault.None && blocks.Count > 1 && block < blocks.Count; block++)
            {
                var one = Compare(body, mask, block);
                if (one.Fault != SelfCheckFault.None && one.Reused.Count > 0)
                    yield return one;
            }
        }

        foreach (var (block, sites) in blocks.OfTheModel)
        {
            for (var mask = 1; mask < 1 << sites; mask++)
                yield return Compare(body, mask, block);
        }

        blocks.Deselect();
        yield return CompareRun(body, "a run that computes all", 1);
        yield return CompareRun(body, "a run that reuses all", s_timesteps.Length);
    }

    // Twice, because the second forward shows what the first did to the history.
    private SelfCheckComparison Compare(ObservedForward.Outcome body, int mask, int? only)
    {
        var reused = blocks.Reused(mask, only);
        var name = mask == 0 ? "all computed" : $"reused {string.Join(", ", reused)}";
        for (var i = 0; i < 2; i++)
        {
            blocks.Select(mask, only);
            using var outcome = forwards.Run();
            var written = blocks.HistoryMoved();
            var (fault, difference) = ObservedForward.Compare(outcome, body);
            if (written is { } moved)
                return new(name, reused, SelfCheckFault.HistoryWritten, moved);
            if (fault != SelfCheckFault.None)
                return new(name, reused, fault, difference);
        }

        return new(name, reused, SelfCheckFault.None, 0);
    }

    // Through the cache itself, with its own history.
    private SelfCheckComparison CompareRun(ObservedForward.Outcome body, string name, int skipRange)
    {
        var inBlocks = table.Sites.Where(site => site.Kind is SiteKind.SpatialAttention or SiteKind.TemporalAttention or SiteKind.CrossAttention or SiteKind.FeedForward).ToArray();
        if (inBlocks.Length == 0)
            return new(name, [], SelfCheckFault.None, 0);
        IReadOnlyList<string> reused = skipRange == 1 ? [] : [.. inBlocks.Select(site => site.Name)];
        model.EnableCache(new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = skipRange,
            TemporalAttentionBlockSkipRange = skipRange,
            CrossAttentionBlockSkipRange = skipRange,
            FeedForwardBlockSkipRange = skipRange,
        });
        try
        {
            using var run = model.BeginRun(s_timesteps, GuidanceLayout.None);
            foreach (var _ in s_timesteps)
            {
                using var outcome = forwards.Run();
                var (fault, difference) = ObservedForward.Compare(outcome, body);
                if (fault != SelfCheckFault.None)
                    return new(name, reused, fault, difference);
            }
        }
        finally
        {
            model.DisableCache();
        }

        return new(name, reused, SelfCheckFault.None, 0);
    }
}
