using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Recorded keyword arguments, which must all be read: one that a model does not know would change its result unseen.
/// </summary>
/// <param name="tensors">The tensors, as recorded.</param>
/// <param name="scalars">The arguments that are not tensors.</param>
/// <param name="dtype">The type that the model takes latents and embeddings in.</param>
internal sealed class KeywordArguments(
    IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, JsonElement> scalars, ScalarType dtype)
{
    private readonly HashSet<string> _read = [];

    public Tensor Required(string name) => Cast(Exact(name));

    /// <summary>The tensor of that name, or null.</summary>
    public Tensor? Optional(string name) => OptionalExact(name) is { } value ? Cast(value) : null;

    /// <summary>As recorded: times, scales and positions, whose digits half types do not hold.</summary>
    public Tensor Exact(string name) =>
        OptionalExact(name) ?? throw new InvalidDataException($"the recording has no input '{name}'");

    /// <summary>The tensor of that name as recorded, a number as a tensor of one element, or null.</summary>
    public Tensor? OptionalExact(string name)
    {
        _read.Add(name);
        if (tensors.TryGetValue(name, out var value))
            return value;
        return scalars.TryGetValue(name, out var scalar) && scalar.ValueKind == JsonValueKind.Number
            ? HostTraffic.Sent(new[] { scalar.GetSingle() }, CPU)
            : null;
    }

    /// <summary>The truth value of that name.</summary>
    public bool Flag(string name, bool otherwise)
    {
        _read.Add(name);
        return scalars.TryGetValue(name, out var scalar) && scalar.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? scalar.GetBoolean()
            : otherwise;
    }

    /// <summary>The number of that name, or null.</summary>
    public double? Number(string name)
    {
        _read.Add(name);
        return scalars.TryGetValue(name, out var scalar) && scalar.ValueKind == JsonValueKind.Number ? scalar.GetDouble() : null;
    }

    /// <summary>The numbers of that name, or null.</summary>
    public double[]? Numbers(string name)
    {
        _read.Add(name);
        return scalars.TryGetValue(name, out var scalar) && scalar.ValueKind == JsonValueKind.Array
            ? [.. scalar.EnumerateArray().Select(number => number.GetDouble())]
            : null;
    }

    /// <summary>Names arguments that make no difference to the result.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            _read.Add(name);
    }

    public void ThrowIfUnread()
    {
        var unread = tensors.Keys
            .Concat(scalars.Where(scalar => scalar.Value.ValueKind != JsonValueKind.Null).Select(scalar => scalar.Key))
            .Except(_read)
            .ToList();
        if (unread.Count > 0)
            throw new NotSupportedException($"the recorded inputs {string.Join(", ", unread)} are not known to this model here");
    }

    private Tensor Cast(Tensor value) => value.is_floating_point() ? value.to(dtype) : value;
}
