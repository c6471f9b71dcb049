using System.Collections.Immutable;

namespace Afterimage;

/// <summary>What a plan says of one forward.</summary>
/// <param name="Context">The cache context, empty where a run has only one.</param>
/// <param name="Index">Which forward of its context this is, from 0.</param>
/// <param name="Timestep">The timestep of the forward.</param>
/// <param name="Cells">One cell per site, in the order of the plan's sites.</param>
public sealed record PlanRow(string Context, int Index, double Timestep, ImmutableArray<PlanCell> Cells)
{
    /// <summary>Where in a run this is, for messages.</summary>
    internal string Place => $"forward {Index}{(Context.Length == 0 ? "" : $" of context '{Context}'")} (timestep {Timestep})";

    /// <inheritdoc/>
    public bool Equals(PlanRow? other) =>
        other is not null && Context == other.Context && Index == other.Index && Timestep == other.Timestep
        && Cells.SequenceEqual(other.Cells);

    /// <inheritdoc/>
    public override int GetHashCode() => Cells.Aggregate(HashCode.Combine(Context, Index, Timestep), HashCode.Combine);
}
