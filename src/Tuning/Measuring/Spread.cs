using System.Globalization;

namespace Afterimage.Tuning;

/// <summary>The median of what was measured, and the range that it is known to.</summary>
/// <param name="Median">Of all values.</param>
/// <param name="Low">
/// The least of the range that holds the median of all that could be measured in 19 of 20 cases, whatever their distribution; of fewer than
/// six values, the least of them.
/// </param>
/// <param name="High">Likewise, the most.</param>
/// <param name="Count">How many values there are.</param>
public readonly record struct Spread(double Median, double Low, double High, int Count)
{
    /// <summary>The fewest values whose range says anything about the next.</summary>
    public const int Least = 3;

    private const double Doubt = 0.05;

    /// <summary>The spread of some values, one at least.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var (middle, out_) = (sorted.Length / 2, LeftOut(sorted.Length));
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[out_], sorted[^(out_ + 1)], sorted.Length);
    }

    /// <summary>Whether all of it is above a value.</summary>
    public bool IsAbove(double value) => Count >= Least && Low > value;

    /// <summary>Whether a value is told apart from it.</summary>
    public bool Excludes(double value) => Count >= Least && (Low > value || High < value);

    /// <summary>Of a speed-up, how many times as fast, where that is told apart from as fast.</summary>
    public string AsSpeedup()
    {
        var (median, range) = (Invariant($"{Median:F2}×"), Invariant($"({Low:F2}–{High:F2})"));
        return Count < Least ? $"{median} (too few rounds)" : Excludes(1) ? $"{median} {range}" : $"no difference {range}";

        static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the two are not told apart.</summary>
    public bool Overlaps(Spread other) => Math.Min(Count, other.Count) < Least || (Low <= other.High && other.Low <= High);

    /// <summary>
    /// How many values at each end the range leaves out: a value is as likely above the median as below it, so that at most k of n lie
    /// below with the chance that n tosses of a coin show at most k heads.
    /// </summary>
    private static int LeftOut(int count)
    {
        var left = 0;
        var chance = Math.Pow(0.5, count);
        for (var (k, sum) = (0, chance); 2 * sum <= Doubt; sum += chance)
        {
            left = k;
            chance *= (count - k) / (k + 1.0);
            k++;
        }
        return left;
    }
}
