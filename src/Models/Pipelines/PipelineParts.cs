using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The parts of a pipeline's folder, and the settings that stand beside them in its index.</summary>
public sealed class PipelineParts
{
    private readonly Dictionary<string, object> _parts = new(StringComparer.Ordinal);
    private readonly JsonObject _settings;

    internal PipelineParts(JsonObject settings) => _settings = settings;

    /// <summary>The same parts, to which others can be added.</summary>
    internal PipelineParts(PipelineParts parts)
        : this(parts._settings)
    {
        foreach (var (name, part) in parts._parts)
            Add(name, part);
    }

    /// <summary>The models among them.</summary>
    internal IEnumerable<nn.Module> Modules => _parts.Values.OfType<nn.Module>();

    /// <summary>A part that must be there.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <exception cref="ArgumentException">It is not there, or something else.</exception>
    public T Get<T>(string name) where T : class =>
        Find<T>(name) ?? throw new ArgumentException($"expected the part '{name}', which is not there");

    /// <summary>A part that may be missing.</summary>
    /// <typeparam name="T">What it is.</typeparam>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public T? Find<T>(string name) where T : class => _parts.GetValueOrDefault(name) switch
    {
        null => null,
        T part => part,
        var other => throw new ArgumentException($"the part '{name}': expected a {typeof(T).Name}, found a {other.GetType().Name}"),
    };

    /// <summary>A number that stands in the index; <see langword="null"/> where there is none.</summary>
    public double? Number(string key) => _settings[key] is JsonValue value && value.TryGetValue(out double number) ? number : null;

    /// <summary>A truth value that stands in the index; false where there is none.</summary>
    public bool Flag(string key) => _settings[key] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    internal void Add(string name, object part) => _parts.Add(name, part);
}
