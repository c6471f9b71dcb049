using Afterimage.Planning;

namespace Afterimage;

/// <summary>What takes the place of a site's value where it is not computed: a linear combination of what is kept of it.</summary>
public sealed class Predictor
{
    private Predictor(SlotLayout layout, Forecast begin) => (Layout, Begin) = (layout, begin);

    /// <summary>The last value.</summary>
    public static Predictor Last { get; } = new(new SlotLayout(1), new LastValueForecast());

    /// <summary>How values are kept.</summary>
    internal SlotLayout Layout { get; }

    /// <summary>A Taylor series over forwards, whose derivatives are divided differences of the computed values (TaylorSeer).</summary>
    /// <param name="order">The highest derivative.</param>
    /// <param name="dtype">The type that the value and its differences are kept in.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public static Predictor Taylor(int order, SlotDtype dtype = SlotDtype.Native)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(order);
        return new(new SlotLayout(order + 1, dtype, HoldsDifferences: true), new TaylorForecast(order));
    }

    /// <summary>Weights of the last computed values.</summary>
    /// <param name="values">How many are kept.</param>
    /// <param name="weights">
    /// Given how many forwards ago each kept value was computed, newest first, returns one weight for each. While fewer than <paramref name="values"/> are kept it is
    /// asked for those.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="values"/> is not positive.</exception>
    public static Predictor Linear(int values, Func<IReadOnlyList<int>, IReadOnlyList<double>> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(values);
        return new(new SlotLayout(values), new LinearForecast(values, weights, []));
    }

    /// <summary>What is remembered of a site before it is computed for the first time.</summary>
    internal Forecast Begin { get; }
}
