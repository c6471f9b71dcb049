namespace Afterimage.Models.Tests;

/// <summary>What each step of a run asked <see cref="HostTraffic"/> for, in words: "upload OnDevice", "queued Draw", "wait Distance".</summary>
internal sealed class StepTraffic : IDisposable
{
    // Frequencies of timesteps, and LTX's scales.
    private static readonly string[] s_tables = ["queued OnDevice", "queued OfGrid"];

    private readonly HostTrafficCount _count = HostTraffic.Count();
    private readonly List<string[]> _steps = [];

    /// <summary>Of each step so far.</summary>
    public IReadOnlyList<string[]> Steps => _steps;

    /// <summary>Forgets what was before the first step.</summary>
    public void Begin() => Taken();

    /// <summary>Ends a step.</summary>
    public void EndStep() => _steps.Add(Taken());

    public void Dispose() => _count.Dispose();

    /// <summary>The first step of each model sends its tables, without waiting; others ask for nothing but what is expected.</summary>
    /// <param name="what">What ran.</param>
    /// <param name="models">How many models take turns.</param>
    /// <param name="expected">What a step may ask for, and how often.</param>
    public void Check(string what, int models, params (string Name, int Most)[] expected)
    {
        Assert.IsGreaterThan(2, _steps.Count, what);
        var begun = 0;
        for (var i = 0; i < _steps.Count; i++)
        {
            var rest = _steps[i].CountBy(name => name).Where(each => each.Value > expected.SingleOrDefault(some => some.Name == each.Key).Most).ToArray();
            if (rest.Length > 0 && rest.All(each => s_tables.Contains(each.Key)) && begun++ < models)
                continue;
            Assert.IsEmpty(rest, $"{what}, step {i}: {string.Join(", ", rest.Select(each => $"{each.Value} × {each.Key}"))}");
        }
    }

    private string[] Taken()
    {
        string[] taken =
        [
            .. _count.Uploads.Select(name => $"upload {name}"),
            .. _count.Queued.Select(name => $"queued {name}"),
            .. _count.Waits.Select(name => $"wait {name}"),
        ];
        _count.Uploads.Clear();
        _count.Queued.Clear();
        _count.Waits.Clear();
        return taken;
    }
}
