namespace Afterimage.Models;

/// <summary>Tells the loading of a pipeline's parts, one after another, as one: bytes are those of all parts.</summary>
/// <param name="target">Who is told, if anyone.</param>
internal sealed class PartsProgress(IProgress<LoadProgress>? target)
{
    private readonly Dictionary<string, long> _totals = new(StringComparer.Ordinal);
    private long _before;

    /// <summary>Adds a part by the headers of its weights, so that one whose weights are missing is refused before any is read.</summary>
    /// <exception cref="FileNotFoundException">There are no weights, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">A file is malformed.</exception>
    public void Add(string part, string folder, string? variant)
    {
        using var checkpoint = SafetensorsCheckpoint.Open(folder, variant);
        _totals.Add(part, checkpoint.Names.Sum(name => checkpoint.FileOf(name)!.Entries[name].Length));
    }

    /// <summary>What a part's loading is to report to.</summary>
    public IProgress<LoadProgress> Of(string part)
    {
        var before = _before;
        return new Relay(report =>
        {
            // A file may hold more than the model reads: a text encoder's has the tied embedding twice.
            _totals[part] = report.BytesTotal;
            _before = before + report.BytesRead;
            target?.Report(new LoadProgress(part, _before, _totals.Values.Sum()));
        });
    }

    /// <summary>Reports at once: <see cref="Progress{T}"/> would on another thread, later.</summary>
    private sealed class Relay(Action<LoadProgress> report) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => report(value);
    }
}
