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

    /// <summary>Hand out nothing: nobody asks.</summary>
    public static readonly PlanCell LeftOut = new() { Action = SiteAction.LeftOut };

    private PlanCell() { }

    /// <summary>How the site's value comes about.</summary>
    public required SiteAction Action { get; init; }

    /// <summary>Whether the value is kept as the newest of the history.</summary>
    public bool Stores { get; init; }

    /// <summary>Of a combination: the factors of what is kept, newest or lowest order first. Empty otherwise.</summary>
    public ImmutableArray<double> Coefficients { get; init; } = [];

    /// <summary>
    /// Of a result that is kept with its differences: how many forwards of its context it comes after the one kept before. 0 for the first,
    /// and where results are kept as they are.
    /// </summary>
    public int Interval { get; init; }

    /// <summary>Whether the site's own forward runs.</summary>
    public bool IsComputed => Action == SiteAction.Compute;

    /// <summary>How many of the kept results the value is made of.</summary>
    internal int Depth => Action == SiteAction.Reuse ? 1 : Coefficients.Length;

    /// <summary>A linear combination of the kept results, which becomes the newest of them.</summary>
    /// <param name="coefficients">The factors, newest first.</param>
    public static PlanCell Combine(params ImmutableArray<double> coefficients) =>
        new() { Action = SiteAction.Combine, Stores = true, Coefficients = coefficients };

    /// <summary>A linear combination of what is kept, which leaves the history as it is.</summary>
    /// <param name="coefficients">The factors, newest or lowest order first.</param>
    public static PlanCell Predict(params ImmutableArray<double> coefficients) =>
        new() { Action = SiteAction.Combine, Coefficients = coefficients };

    /// <summary>Compute, and keep the result and its differences.</summary>
    /// <param name="interval">See <see cref="Interval"/>.</param>
    public static PlanCell ComputeAndStoreAfter(int interval) => ComputeAndStore with { Interval = interval };

    /// <inheritdoc/>
    public bool Equals(PlanCell? other) =>
        other is not null && Action == other.Action && Stores == other.Stores && Interval == other.Interval
        && Coefficients.SequenceEqual(other.Coefficients);

    /// <inheritdoc/>
    public override int GetHashCode() => Coefficients.Aggregate(HashCode.Combine(Action, Stores, Interval), HashCode.Combine);
}
