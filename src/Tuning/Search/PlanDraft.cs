using System.Collections.Immutable;

namespace Afterimage.Tuning;

/// <summary>What a search changes until it is a plan: the kinds of site that each step skips.</summary>
/// <param name="Steps">One for each step of a run.</param>
internal sealed record PlanDraft(ImmutableArray<SkippedKinds> Steps)
{
    /// <summary>A draft that computes everything.</summary>
    public static PlanDraft Full(int steps) => new([.. Enumerable.Repeat(SkippedKinds.None, steps)]);

    /// <summary>A draft that skips one kind at all steps but some.</summary>
    public static PlanDraft Of(int steps, SiteKind kind, IEnumerable<int> computed)
    {
        var full = computed.ToHashSet();
        return new([.. Enumerable.Range(0, steps).Select(step => full.Contains(step) ? SkippedKinds.None : SkippedKinds.Of(kind))]);
    }

    /// <summary>Whether steps are guided by what is kept of the unconditional half. Then a step that computes it computes everything.</summary>
    public bool KeepsGuidance => Steps.Any(step => step.Has(SiteKind.Guidance));

    /// <summary>The kinds that some step skips.</summary>
    public SkippedKinds Kinds => new(Steps.Aggregate(0, (bits, step) => bits | step.Bits));

    /// <summary>The steps that hand out something in the place of a kind's value, with the steps that it was computed at before, the last first.</summary>
    /// <param name="kind">The kind.</param>
    public IEnumerable<(int Step, int[] Kept)> Reads(SiteKind kind)
    {
        int[] kept = [];
        var depth = KindOrder.DepthOf(kind);
        for (var step = 0; step < Steps.Length; step++)
        {
            if (IsComputed(kind, step))
                kept = [step, .. kept.Take(depth - 1)];
            else if (!KindOrder.IsLeftOut(kind, Steps[step]))
                yield return (step, kept);
        }
    }

    /// <summary>Whether a step computes a kind's values.</summary>
    public bool IsComputed(SiteKind kind, int step) => !Steps[step].Has(kind) && !KindOrder.IsLeftOut(kind, Steps[step]);

    /// <summary>What each step skips, such as <c>none none BlockStack</c>.</summary>
    public override string ToString() => string.Join(' ', Steps);

    /// <inheritdoc/>
    public bool Equals(PlanDraft? other) => other is not null && Steps.SequenceEqual(other.Steps);

    /// <inheritdoc/>
    public override int GetHashCode() => Steps.Aggregate(Steps.Length, HashCode.Combine);
}
