namespace Afterimage.Tuning;

/// <summary>
/// In which order caches are compared. A round runs once with every cache and without; every round begins with another and every
/// second one goes the other way round, so that neither a drift of the machine's speed nor what ran before favours one of them.
/// </summary>
internal static class Rounds
{
    /// <summary>Which cache comes when in a round.</summary>
    public static IReadOnlyList<int> Order(int round, int caches)
    {
        var forwards = Enumerable.Range(0, caches).Select(i => (i + round / 2) % caches);
        return [.. round % 2 == 0 ? forwards : forwards.Reverse()];
    }

    /// <summary>How often each film is generated if it is not said: often enough that there is a spread.</summary>
    public static int Repeats(int prompts) => (Spread.Least + prompts - 1) / prompts;
}
