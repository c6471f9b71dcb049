using System.Collections.Immutable;

namespace Afterimage.Tuning;

/// <summary>What a search chooses from.</summary>
internal static class Searched
{
    private static readonly SiteKind[] s_attention = [SiteKind.SpatialAttention, SiteKind.TemporalAttention, SiteKind.CrossAttention];

    /// <summary>
    /// The kinds of site that steps may skip: the layer that outputs come from, and all before it; stacks of blocks, each kind of attention in them, and the unconditional half of
    /// guidance where that comes in a batch.
    /// </summary>
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

    /// <summary>
    /// How many steps at a run's beginning compute everything: there it is settled what a film shows, and whether an error vanishes or makes another film of it differs from prompt to prompt.
    /// </summary>
    public static int WarmUp(int steps) => Math.Max(2, steps / 12);

    /// <summary>What a step may skip. Where the difference of guidance is kept, a step that computes both halves computes everything.</summary>
    /// <param name="kinds">As <see cref="KindsOf"/>.</param>
    /// <param name="outer">What is skipped as a whole: stacks, or all up to the output. Not both in one run: what is made of a forecast stack would be kept as if it were computed.</param>
    /// <param name="keepsGuidance">Whether steps are guided by what is kept of the unconditional half.</param>
    public static ImmutableArray<SkippedKinds> Choices(ImmutableArray<SiteKind> kinds, SiteKind outer, bool keepsGuidance)
    {
        var attention = kinds.Where(s_attention.Contains).ToArray();
        IEnumerable<SiteKind[]> own =
        [
            .. attention.Prepend(outer).Select(kind => (SiteKind[])[kind]),
            .. attention.Length > 1 ? [attention] : (SiteKind[][])[],
        ];
        return keepsGuidance
            ? [SkippedKinds.None, SkippedKinds.Of(SiteKind.Guidance), .. own.Select(skipped => SkippedKinds.Of([.. skipped, SiteKind.Guidance]))]
            : [SkippedKinds.None, .. own.Select(skipped => SkippedKinds.Of(skipped))];
    }

    /// <summary>The kinds that are skipped as a whole.</summary>
    public static IEnumerable<SiteKind> OuterOf(IEnumerable<SiteKind> kinds) => kinds.Where(kind => KindOrder.DepthOf(kind) > 1);

    /// <summary>Steps of every choice, in turn, after the first ones.</summary>
    public static IEnumerable<SkippedKinds> CostCycle(ImmutableArray<SiteKind> kinds, bool keepsGuidance, int steps)
    {
        SkippedKinds[] choices = [.. OuterOf(kinds).SelectMany(outer => Choices(kinds, outer, keepsGuidance)).Distinct()];
        return Enumerable.Range(0, steps).Select(step => step < WarmUp(steps) ? SkippedKinds.None : choices[(step - WarmUp(steps)) % choices.Length]);
    }
}
