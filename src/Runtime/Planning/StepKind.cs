using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>
/// What a forward's body does: two of one kind, in one history, are the same operations with the same numbers on the same memory of what is kept.
/// Weights and intervals are part of it, since kernels take some of them as arguments, and so is each ring's place. What goes on around the body, the
/// whole model's skipping and guidance, is not.
/// </summary>
/// <param name="Cells">Of the sites that the body asks.</param>
/// <param name="IsHalf">Whether the body gets the conditional half of its batch.</param>
/// <param name="Slots">What these sites keep when the forward begins.</param>
internal sealed record StepKind(ImmutableArray<PlanCell> Cells, bool IsHalf, ImmutableArray<SlotState> Slots)
{
    /// <summary>The kind of a forward; <see langword="null"/> of one that does not run the body.</summary>
    /// <param name="row">What it does.</param>
    /// <param name="sites">What each of the row's sites is, and what it keeps when the forward begins.</param>
    public static StepKind? Of(PlanRow row, IEnumerable<(SiteKind Kind, SlotState Slot)> sites)
    {
        var (cells, slots, isHalf) = (ImmutableArray.CreateBuilder<PlanCell>(), ImmutableArray.CreateBuilder<SlotState>(), false);
        foreach (var (cell, (kind, slot)) in row.Cells.Zip(sites))
        {
            switch (kind)
            {
                case SiteKind.Model when cell.Depth > 0:
                    return null;
                case SiteKind.Model:
                    break;
                case SiteKind.Guidance:
                    isHalf = !cell.IsComputed;
                    break;
                default:
                    cells.Add(cell);
                    slots.Add(slot);
                    break;
            }
        }
        return new StepKind(cells.ToImmutable(), isHalf, slots.ToImmutable());
    }

    /// <summary>The kinds of a history's forwards, in their order.</summary>
    /// <param name="rows">All that share the history.</param>
    /// <param name="plan">The plan that they are of.</param>
    public static IEnumerable<StepKind?> OfHistory(IEnumerable<PlanRow> rows, CachePlan plan)
    {
        var slots = new SlotState[plan.Sites.Length];
        foreach (var row in rows)
        {
            yield return Of(row, plan.Sites.Select((site, i) => (site.Kind, slots[i])));
            for (var site = 0; site < slots.Length; site++)
                slots[site] = slots[site].After(row.Cells[site], plan.Slots[site]);
        }
    }

    /// <inheritdoc/>
    public bool Equals(StepKind? other) =>
        other is not null && IsHalf == other.IsHalf && Cells.SequenceEqual(other.Cells) && Slots.SequenceEqual(other.Slots);

    /// <inheritdoc/>
    public override int GetHashCode() => Slots.Aggregate(Cells.Aggregate(HashCode.Combine(IsHalf), HashCode.Combine), HashCode.Combine);
}
