using System.Diagnostics;
using System.Text.Json.Nodes;
using Afterimage.Configuration;

namespace Afterimage.Models;

/// <summary>The keys of a config's file that its class has no settings for. Equal where keys and values are.</summary>
internal sealed class KeptSettings : IEquatable<KeptSettings>
{
    private readonly JsonObject _values;

    private KeptSettings(JsonObject values) => _values = values;

    public static KeptSettings None { get; } = new([]);

    /// <summary>Takes what is not known out of the values of a file. Keys that begin with an underscore are those of whoever wrote it.</summary>
    public static KeptSettings TakenFrom(JsonObject values, IReadOnlySet<string> known)
    {
        var kept = new JsonObject();
        foreach (var (key, value) in values.Where(item => !known.Contains(item.Key)).ToList())
        {
            values.Remove(key);
            if (!key.StartsWith('_'))
                kept.Add(key, value);
        }
        return kept.Count == 0 ? None : new KeptSettings(kept);
    }

    /// <summary>Writes them beside the settings, which come first.</summary>
    public void WriteTo(JsonObject values)
    {
        foreach (var (key, value) in _values)
            values.TryAdd(key, value?.DeepClone());
    }

    /// <summary>Warns of all in one line, and of those that look like a misspelled setting.</summary>
    /// <param name="source">What the file is called.</param>
    /// <param name="className">The class that has no such settings.</param>
    /// <param name="known">The settings it has.</param>
    /// <param name="misspelledOnly">Whether to say nothing of the others, in files that are shared with other classes.</param>
    public void Warn(string source, string className, IReadOnlySet<string> known, bool misspelledOnly = false)
    {
        var meant = _values.Select(item => (item.Key, Meant: NearestName.Meant(item.Key, known))).ToList();
        // A sequence has several tokens of its own, whose names differ in a letter.
        if (misspelledOnly)
            meant.RemoveAll(item => item.Meant is null || item.Key.EndsWith("_token_id", StringComparison.Ordinal));
        if (meant.Count == 0)
            return;
        var names = meant.Select(item => item.Meant is null
            ? $"'{MalformedFile.Shown(item.Key)}'"
            : $"'{MalformedFile.Shown(item.Key)}' (is '{item.Meant}' meant?)");
        Trace.TraceWarning(
            $"{source}: {className} has no {(meant.Count == 1 ? "setting" : "settings")} {string.Join(", ", names)}; kept, without any effect");
    }

    public bool Equals(KeptSettings? other) => other is not null && JsonNode.DeepEquals(_values, other._values);

    public override bool Equals(object? obj) => Equals(obj as KeptSettings);

    public override int GetHashCode() => _values.Count;
}
