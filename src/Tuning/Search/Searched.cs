using System.Collections.Immutable;

namespace Afterimage.Tuning;

/// <summary>What a search chooses from.</summary>
internal static class Searched
{
    private static readonly SiteKind[] s_attention = [SiteKind.SpatialAttention, SiteKind.TemporalAttention, SiteKind.CrossAttention];

    /// <summary>The kinds of site that steps may skip: the layer that outputs come from, and all before it; stacks of blocks, each kind of attention in them, and the unconditional half of guidance where that comes in a batch.</summary>
    public static ImmutableArray<SiteKind> KindsOf(IReadOnlyList<CacheSite> sites, GuidanceLayout layout)
    {
        var isInStacks = CacheSite.InStacks(sites);
        return
        [
            .. sites.Any(site => site.Kind == SiteKind.OutputProjection) ? [SiteKind.OutputProjection] : ImmutableArray<SiteKind>.Empty,
            SiteKind.BlockStack,
            .. s_attention.Where(kind => sites.Any(site => site.Kind == kind && isInStacks(site))),
            .. layout == GuidanceLayout.Batched ? [SiteKind.Guidance] : ImmutableArray<SiteKind>.Empty,
        ];
    }

    /// <summary>What a step may skip. Where the difference of guidance is kept, a step that computes both halves computes everything.</summary>
    /// <param name="kinds">As <see cref="KindsOf"/>.</param>
    /// <param name="keepsGuidance">Whether steps are guided by what is kept of the unconditional half.</param>
    public static ImmutableArray<SkippedKinds> Choices(ImmutableArray<SiteKind> kinds, bool keepsGuidance)
    {
        var attention = kinds.Where(s_attention.Contains).ToArray();
        IEnumerable<SiteKind[]> own = [.. kinds.Where(kind => KindOrder.DepthOf(kind) > 1).Select(kind => (SiteKind[])[kind]), .. attention.Select(kind => (SiteKind[])[kind]), .. attention.Length > 1 ? [attention] : (SiteKind[][])[]];
        return keepsGuidance
            ? [SkippedKinds.None, SkippedKinds.Of(SiteKind.Guidance), .. own.Select(skipped => SkippedKinds.Of([.. skipped, SiteKind.Guidance]))]
            : [SkippedKinds.None, .. own.Select(skipped => SkippedKinds.Of(skipped))];
    }

    /// <summary>Steps of every choice, in turn, after two that compute everything.</summary>
    public static IEnumerable<SkippedKinds> CostCycle(ImmutableArray<SiteKind> kinds, bool keepsGuidance, int steps)
    {
        var choices = Choices(kinds, keepsGuidance);
        return Enumerable.Range(0, steps).Select(step => step < 2 ? SkippedKinds.None : choices[(step - 2) % choices.Length]);
    }
}
