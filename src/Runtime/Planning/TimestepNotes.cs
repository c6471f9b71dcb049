using System.Globalization;

namespace Afterimage.Planning;

/// <summary>What is worth a note of a run's timesteps, given the ranges in which a config skips.</summary>
internal static class TimestepNotes
{
    public static IEnumerable<string> Of(CachePlanner planner, IReadOnlyList<double> timesteps)
    {
        if (OfSigmas(planner, timesteps) is { } sigmas)
            yield return sigmas;
        var (low, high) = (timesteps.Min(), timesteps.Max());
        foreach (var (property, range) in planner.Ranges)
        {
            // Whoever gives an interval without an inside means it.
            if (range.Low < range.High && !timesteps.Any(range.Contains))
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{property} {range} has none of the timesteps in it, which lie between {low} and {high}: it skips nothing.");
        }
        if (timesteps[^1] > timesteps[0])
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The timesteps rise, from {timesteps[0]} to {timesteps[^1]}, and the ranges are meant for a run that goes down. ")
                + "Give 1000 − t for a model that counts up.";
    }

    /// <summary>A note where timesteps look like normalised sigmas while a range does not, or null.</summary>
    public static string? OfSigmas(CachePlanner planner, IReadOnlyList<double> timesteps)
    {
        var areSigmas = timesteps.All(timestep => timestep is >= 0 and <= 1) && timesteps.Any(timestep => timestep is > 0 and < 1);
        var wide = planner.Ranges.Where(entry => IsOfTimesteps(entry.Range)).ToList();
        return areSigmas && wide is [var first, ..]
            ? $"The timesteps lie in [0, 1], as normalised sigmas do, and {first.Property} {first.Range} is one of timesteps from 1000 to 0: "
                + "give 1000 × sigma, or ranges of sigmas."
            : null;
    }

    private static bool IsOfTimesteps(TimestepRange range) =>
        (double.IsFinite(range.High) && range.High > 1) || (double.IsFinite(range.Low) && range.Low > 1);
}
