namespace Afterimage.Cli.Bench;

/// <summary>What a step has to do at least: its products, and between them one pass over what goes in and what comes out.</summary>
internal sealed class StepWork
{
    private readonly Dictionary<LoneWork, double> _times = [];

    /// <summary>The floating-point operations.</summary>
    public long Flops => (long)_times.Sum(work => work.Key.Flops * work.Value);

    /// <summary>Adds a piece of work, or half of it: what is read, or what is written.</summary>
    public void Add(LoneWork work, double times) => _times[work] = _times.GetValueOrDefault(work) + times;

    /// <summary>The operations of one kind of its work; of passes, the bytes that are read and written.</summary>
    public double Amount(WorkKind kind) =>
        _times.Where(work => work.Key.Kind == kind).Sum(work => (work.Key.Flops + 2.0 * work.Key.Bytes) * work.Value);

    /// <summary>The seconds of one kind of its work.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="seconds">What each piece takes alone.</param>
    public double Limit(WorkKind kind, IReadOnlyDictionary<LoneWork, double> seconds) =>
        _times.Where(work => work.Key.Kind == kind).Sum(work => seconds[work.Key] * work.Value);
}
