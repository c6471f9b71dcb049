using System.Text;
using System.Text.Json;

namespace Afterimage.Models;

/// <summary>
/// Reads the JSON of a safetensors header in one pass. It holds what it was given and nothing that a number of the file
/// asks for.
/// </summary>
internal ref struct SafetensorsHeaderReader(string path, ReadOnlySpan<byte> json)
{
    private const string MetadataKey = "__metadata__";

    /// <summary>The most dimensions a torch tensor has.</summary>
    private const int MaxDimensions = 64;

    private readonly long _dataStart = SafetensorsHeader.Prefix + json.Length;
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private Utf8JsonReader _json = new(json);

    public Dictionary<string, SafetensorsEntry> Entries { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads all of it.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A string of it is no text.</exception>
    /// <exception cref="InvalidDataException">It is not what the format asks for.</exception>
    public void Read()
    {
        _json.Read();
        while (NextKey() is { } name)
        {
            if (!_names.Add(name))
                throw MalformedFile.Because(path, $"tensor '{MalformedFile.Shown(name)}' is listed twice");
            if (name == MetadataKey)
                ReadMetadata();
            else
                Entries.Add(name, ReadEntry(name));
        }

        // Nothing but blanks may follow; this throws where something else does.
        _json.Read();
    }

    /// <summary>The next key of an object, with the reader on its value; <see langword="null"/> at the object's end.</summary>
    private string? NextKey()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
            return null;
        var key = _json.GetString();
        _json.Read();
        return key;
    }

    private void ReadMetadata()
    {
        // The reference reader takes null for none.
        if (_json.TokenType == JsonTokenType.Null)
            return;
        if (_json.TokenType != JsonTokenType.StartObject)
            throw MalformedFile.Because(path, $"{MetadataKey}: expected an object of strings, found {Found()}");
        while (NextKey() is { } key)
        {
            var where = $"{MetadataKey}.{MalformedFile.Shown(key)}";
            if (_json.TokenType != JsonTokenType.String)
                throw MalformedFile.Because(path, $"{where}: expected a string, found {Found()}");
            if (!Metadata.TryAdd(key, _json.GetString()!))
                throw MalformedFile.Because(path, $"{where} is listed twice");
        }
    }

    private SafetensorsEntry ReadEntry(string name)
    {
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Bad(name, "an object with dtype, shape and data_offsets", Found());

        string? dtype = null;
        long[]? shape = null, offsets = null;
        while (NextKey() is { } key)
        {
            switch (key)
            {
                case "dtype" when dtype is null && _json.TokenType == JsonTokenType.String:
                    dtype = _json.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(name, key, MaxDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(name, key, 2);
                    break;
                case "dtype" when dtype is null:
                    throw Bad(name, "a string 'dtype'", Found());
                case "dtype" or "shape" or "data_offsets":
                    throw Bad(name, $"one '{key}'", "two");
                default:
                    _json.Skip();
                    break;
            }
        }

        return Entry(name, dtype, shape ?? throw Bad(name, "an array 'shape'", "none"), offsets);
    }

    private readonly SafetensorsEntry Entry(string name, string? dtype, long[] shape, long[]? offsets)
    {
        var type = SafetensorsDtype.TryParse(dtype)
            ?? throw Bad(name, $"a dtype out of {SafetensorsDtype.Known}", dtype is null ? "none" : $"'{dtype}'");
        if (offsets is not [var begin, var end] || end < begin)
            throw Bad(name, "data_offsets [begin, end]", offsets is null ? "none" : List(offsets));

        var expected = ByteCount(name, shape, SafetensorsDtype.Size(type));
        if (end - begin != expected)
            throw Bad(name, $"{expected} bytes for {dtype} {List(shape)}", $"{end - begin} bytes");
        if (begin > long.MaxValue - _dataStart)
            throw Bad(name, "data_offsets inside the file", List(offsets));
        return new SafetensorsEntry(name, type, shape, _dataStart + begin, expected);
    }

    private long[] ReadNumbers(string name, string key, int most)
    {
        if (_json.TokenType != JsonTokenType.StartArray)
            throw Bad(name, $"an array '{key}'", Found());
        var numbers = new List<long>();
        while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt64(out var number) || number < 0)
                throw Bad(name, $"whole numbers from 0 in '{key}'", Found());
            if (numbers.Count == most)
                throw Bad(name, $"at most {most} numbers in '{key}'", "more");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>The size of a shape. Its strides must fit as well, and those take a dimension of 0 for 1.</summary>
    private readonly long ByteCount(string name, long[] shape, int elementSize)
    {
        long bytes = elementSize;
        foreach (var size in shape)
        {
            if (Math.BigMul(bytes, Math.Max(size, 1), out var product) != 0 || product < 0)
                throw Bad(name, "a shape whose size fits in 63 bits", List(shape));
            bytes = product;
        }

        return shape.Contains(0) ? 0 : bytes;
    }

    /// <summary>What the reader is on, in words.</summary>
    private readonly string Found() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        _ => Encoding.UTF8.GetString(_json.ValueSpan),
    };

    private readonly InvalidDataException Bad(string name, string expected, string found) =>
        MalformedFile.Because(path, name, expected, found);

    private static string List(long[] numbers) => $"[{string.Join(", ", numbers)}]";
}
