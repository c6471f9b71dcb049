using System.Globalization;
using System.Text;

namespace Afterimage;

/// <summary>What a self-check found.</summary>
/// <param name="Comparisons">The forwards that were compared, in order: first the body with itself, then what the generator emitted.</param>
public sealed record SelfCheckReport(IReadOnlyList<SelfCheckComparison> Comparisons)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool Passed => Comparisons.All(comparison => comparison.Fault == SelfCheckFault.None);

    /// <summary>A line for every comparison, and what to do about those that failed.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var comparison in Comparisons)
        {
            var result = comparison.Fault == SelfCheckFault.None
                ? "equal"
                : $"{comparison.Fault}, largest difference {comparison.LargestDifference.ToString("G3", CultureInfo.InvariantCulture)}. {comparison.Remedy}";
            text.Append(comparison.Name).Append(": ").Append(result).Append('\n');
        }

        return text.ToString();
    }
}
