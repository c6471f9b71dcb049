using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>What a predictor remembers of one site: not its values, but at which forwards they were computed. A value of its own: what was planned can be taken back.</summary>
internal abstract record Forecast
{
    /// <summary>The cell of a forward at which the value is computed, and what is remembered from then on.</summary>
    public abstract (PlanCell Cell, Forecast Next) Compute(int forward);

    /// <summary>The cell of a forward at which it is not. There has been one at which it was.</summary>
    public abstract PlanCell Predict(int forward);
}

/// <summary>The last value.</summary>
internal sealed record LastValueForecast : Forecast
{
    public override (PlanCell Cell, Forecast Next) Compute(int forward) => (PlanCell.ComputeAndStore, this);

    public override PlanCell Predict(int forward) => PlanCell.Reuse;
}

/// <summary>offsetʲ / j! of the differences of order j = 0, 1, ….</summary>
internal sealed record TaylorForecast(int Order, int Computed = 0, int Last = 0) : Forecast
{
    public override (PlanCell Cell, Forecast Next) Compute(int forward) =>
        (PlanCell.ComputeAndStoreAfter(Computed == 0 ? 0 : forward - Last), this with { Computed = Computed + 1, Last = forward });

    public override PlanCell Predict(int forward)
    {
        var count = Math.Min(Computed, Order + 1);
        var factors = ImmutableArray.CreateBuilder<double>(count);
        var factor = 1.0;
        for (var j = 0; j < count; j++)
        {
            factors.Add(factor);
            factor = factor * (forward - Last) / (j + 1);
        }
        return PlanCell.Predict(factors.MoveToImmutable());
    }
}

/// <summary>Weights of the last computed values.</summary>
/// <param name="Values">How many are kept.</param>
/// <param name="Weights">Their weights, given how many forwards ago they were computed.</param>
/// <param name="Computed">At which forwards they were computed, newest first.</param>
internal sealed record LinearForecast(int Values, Func<IReadOnlyList<int>, IReadOnlyList<double>> Weights, ImmutableList<int> Computed) : Forecast
{
    public override (PlanCell Cell, Forecast Next) Compute(int forward) =>
        (PlanCell.ComputeAndStore, this with { Computed = [forward, .. Computed.Take(Values - 1)] });

    public override PlanCell Predict(int forward)
    {
        int[] distances = [.. Computed.Select(computed => forward - computed)];
        var given = Weights(distances);
        if (given.Count != distances.Length || given.Any(weight => !double.IsFinite(weight)))
            throw new InvalidOperationException(
                $"A predictor's weights for values of {string.Join(", ", distances)} forwards ago are [{string.Join(", ", given)}]: expected {distances.Length} finite numbers.");
        return given is [1] ? PlanCell.Reuse : PlanCell.Predict([.. given]);
    }
}
