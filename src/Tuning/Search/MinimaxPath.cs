namespace Afterimage.Tuning;

/// <summary>
/// The steps to compute so that the worst error of what is reused between two of them is the least, then the second worst, and so on. Source: LeMiCa (arXiv 2511.00090), whose
/// graph has an edge from each computed step to the next; the errors of a path, the largest first, are compared one by one.
/// </summary>
/// <remarks>
/// Exact: what is added to two vectors that are sorted and compared so does not change which comes first, so the best path to a step has the best path to the one before in it.
/// </remarks>
public static class MinimaxPath
{
    /// <summary>Finds it.</summary>
    /// <param name="steps">How many steps there are. The first and the last are computed.</param>
    /// <param name="computed">How many are computed.</param>
    /// <param name="longest">The most steps from one computed to the next.</param>
    /// <param name="error">The error of reusing what step i computed until step j, not negative. Not asked where j follows on i: nothing is reused there.</param>
    /// <returns>The computed steps in order, or <see langword="null"/> where so few of so many, so close together, do not exist.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is not positive, or fewer than two steps are computed of more than one.</exception>
    public static IReadOnlyList<int>? Find(int steps, int computed, int longest, Func<int, int, double> error)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(longest);
        ArgumentOutOfRangeException.ThrowIfLessThan(computed, Math.Min(steps, 2));
        if (computed > steps)
            return null;
        // Of every step, how the best path with so many computed steps arrives there.
        var paths = new Path?[steps];
        paths[0] = new Path(null, 0, []);
        for (var count = 1; count < computed; count++)
        {
            var next = new Path?[steps];
            for (var to = count; to < steps; to++)
            {
                for (var from = Math.Max(0, to - longest); from < to; from++)
                {
                    if (paths[from] is { } before)
                        next[to] = Better(next[to], before.Then(to, to == from + 1 ? 0 : error(from, to)));
                }
            }
            paths = next;
        }
        return paths[^1]?.Steps();
    }

    /// <summary>Whether the errors of one path, both the largest first, come before those of another.</summary>
    internal static int Compare(IReadOnlyList<double> errors, IReadOnlyList<double> others)
    {
        for (var i = 0; i < errors.Count; i++)
        {
            if (errors[i].CompareTo(others[i]) is not 0 and var order)
                return order;
        }
        return 0;
    }

    private static Path Better(Path? path, Path other) => path is null || Compare(other.Errors, path.Errors) < 0 ? other : path;

    private sealed record Path(Path? Before, int Step, double[] Errors)
    {
        public Path Then(int step, double error)
        {
            var place = Errors.TakeWhile(own => own >= error).Count();
            return new Path(this, step, [.. Errors[..place], error, .. Errors[place..]]);
        }

        public IReadOnlyList<int> Steps()
        {
            var steps = new List<int>();
            for (var path = this; path is not null; path = path.Before)
                steps.Add(path.Step);
            steps.Reverse();
            return steps;
        }
    }
}
