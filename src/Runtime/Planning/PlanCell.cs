using System.Collections.Immutable;

namespace Afterimage;

/// <summary>What a plan says of one site at one forward.</summary>
public sealed record PlanCell
{
    /// <summary>Compute, and keep the result for a later row.</summary>
    public static readonly PlanCell ComputeAndStore = new() { Action = SiteAction.Compute, Stores = true };

    /// <summary>Compute; no later row reads the result.</summary>
    public static readonly PlanCell Compute = new() { Action = SiteAction.Compute };

    /// <summary>Hand out the newest kept result.</summary>
    public static readonly PlanCell Reuse = new() { Action = SiteAction.Reuse };

    private PlanCell() { }

    /// <summary>How the site's value comes about.</summary>
    public required SiteAction Action { get; init; }

    /// <summary>Whether the value is kept as the newest of the history. A combination always is.</summary>
    public bool Stores { get; init; }

    /// <summary>Of a combination: the factors of the kept results, newest first. Empty otherwise.</summary>
    public ImmutableArray<double> Coefficients { get; init; } = [];

    /// <summary>Whether the site's own forward runs.</summary>
    public bool IsComputed => Action == SiteAction.Compute;

    /// <summary>A linear combination of the kept results, which becomes the newest of them.</summary>
    /// <param name="coefficients">The factors, newest first.</param>
    public static PlanCell Combine(params ImmutableArray<double> coefficients) =>
        new() { Action = SiteAction.Combine, Stores = true, Coefficients = coefficients };

    /// <inheritdoc/>
    public bool Equals(PlanCell? other) =>
        other is not null && Action == other.Action && Stores == other.Stores && Coefficients.SequenceEqual(other.Coefficients);

    /// <inheritdoc/>
    public override int GetHashCode() => Coefficients.Aggregate(HashCode.Combine(Action, Stores), HashCode.Combine);
}
