using System.Collections.Immutable;

namespace Afterimage.Planning;

/// <summary>What a predictor remembers of one site: not its values, but at which forwards they were computed.</summary>
internal abstract class Forecast
{
    /// <summary>The cell of a forward at which the value is computed.</summary>
    public abstract PlanCell Compute(int forward);

    /// <summary>The cell of a forward at which it is not. There has been one at which it was.</summary>
    public abstract PlanCell Predict(int forward);
}

/// <summary>The last value.</summary>
internal sealed class LastValueForecast : Forecast
{
    public override PlanCell Compute(int forward) => PlanCell.ComputeAndStore;

    public override PlanCell Predict(int forward) => PlanCell.Reuse;
}

/// <summary>offsetʲ / j! of the differences of order j = 0, 1, ….</summary>
internal sealed class TaylorForecast(int order) : Forecast
{
    private int _computed;
    private int _last;

    public override PlanCell Compute(int forward)
    {
        var interval = _computed == 0 ? 0 : forward - _last;
        (_computed, _last) = (_computed + 1, forward);
        return PlanCell.ComputeAndStoreAfter(interval);
    }

    public override PlanCell Predict(int forward)
    {
        var count = Math.Min(_computed, order + 1);
        var factors = ImmutableArray.CreateBuilder<double>(count);
        var factor = 1.0;
        for (var j = 0; j < count; j++)
        {
            factors.Add(factor);
            factor = factor * (forward - _last) / (j + 1);
        }
        return PlanCell.Predict(factors.MoveToImmutable());
    }
}

/// <summary>Weights of the last computed values.</summary>
internal sealed class LinearForecast(int values, Func<IReadOnlyList<int>, IReadOnlyList<double>> weights) : Forecast
{
    private ImmutableList<int> _computed = []; // newest first

    public override PlanCell Compute(int forward)
    {
        _computed = [forward, .. _computed.Take(values - 1)];
        return PlanCell.ComputeAndStore;
    }

    public override PlanCell Predict(int forward)
    {
        int[] distances = [.. _computed.Select(computed => forward - computed)];
        var given = weights(distances);
        if (given.Count != distances.Length || given.Any(weight => !double.IsFinite(weight)))
            throw new InvalidOperationException(
                $"A predictor's weights for values of {string.Join(", ", distances)} forwards ago are [{string.Join(", ", given)}]: expected {distances.Length} finite numbers.");
        return given is [1] ? PlanCell.Reuse : PlanCell.Predict([.. given]);
    }
}
