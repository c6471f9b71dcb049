using System.Text.Json;

namespace Afterimage.Models;

/// <summary>Reads and checks the header of a safetensors file: 8 bytes of length, then JSON, then the tensors without holes.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The bytes before the JSON: its length, little-endian.</summary>
    public const int Prefix = 8;

    /// <summary>The longest header the format allows.</summary>
    public const long MaxLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    /// <summary>The length of the JSON, checked against the size of the file.</summary>
    public static int CheckLength(string path, ulong length, long fileLength)
    {
        if (length > MaxLength)
            throw Bad(path, $"the header says it is {length} bytes long; at most {MaxLength} are allowed");
        if ((long)length > fileLength - Prefix)
            throw Bad(path, $"the header says it is {length} bytes long; the file has {fileLength - Prefix} left (truncated?)");
        return (int)length;
    }

    public static (Dictionary<string, SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(
        string path, ReadOnlyMemory<byte> json, long fileLength)
    {
        using var document = ParseJson(path, json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"the header is a JSON {document.RootElement.ValueKind}; expected an object");

        var dataStart = Prefix + json.Length;
        var entries = new Dictionary<string, SafetensorsEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Name == MetadataKey)
                ReadMetadata(path, property.Value, metadata);
            else if (!entries.TryAdd(property.Name, ReadEntry(path, property.Name, property.Value, dataStart)))
                throw Bad(path, $"tensor '{property.Name}' is listed twice");
        }

        CheckLayout(path, entries.Values, dataStart, fileLength);
        return (entries, metadata);
    }

    private static JsonDocument ParseJson(string path, ReadOnlyMemory<byte> json)
    {
        if (json.Length == 0 || json.Span[0] != (byte)'{')
            throw Bad(path, "the header does not begin with '{' (not a safetensors file?)");
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: the header is not JSON: {e.Message}", e);
        }
    }

    private static void ReadMetadata(string path, JsonElement value, Dictionary<string, string> metadata)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad(path, $"{MetadataKey} is a JSON {value.ValueKind}; expected an object of strings");
        foreach (var item in value.EnumerateObject())
        {
            if (item.Value.ValueKind != JsonValueKind.String)
                throw Bad(path, $"{MetadataKey}.{item.Name} is a JSON {item.Value.ValueKind}; expected a string");
            metadata[item.Name] = item.Value.GetString()!;
        }
    }

    private static SafetensorsEntry ReadEntry(string path, string name, JsonElement value, long dataStart)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Bad(path, name, "an object with dtype, shape and data_offsets", $"a JSON {value.ValueKind}");

        var hasDtype = value.TryGetProperty("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String;
        var dtypeName = hasDtype ? dtype.GetString() : null;
        var type = SafetensorsDtype.TryParse(dtypeName)
            ?? throw Bad(path, name, $"a dtype out of {SafetensorsDtype.Known}", dtypeName is null ? "none" : $"'{dtypeName}'");
        var shape = ReadNumbers(path, name, value, "shape");
        var offsets = ReadNumbers(path, name, value, "data_offsets");
        if (offsets.Length != 2 || offsets[1] < offsets[0])
            throw Bad(path, name, "data_offsets [begin, end]", $"[{string.Join(", ", offsets)}]");

        var expected = ByteCount(path, name, shape, SafetensorsDtype.Size(type));
        var length = offsets[1] - offsets[0];
        if (length != expected)
            throw Bad(path, name, $"{expected} bytes for {dtypeName} [{string.Join(", ", shape)}]", $"{length} bytes");
        if (offsets[0] > long.MaxValue - dataStart)
            throw Bad(path, name, "data_offsets inside the file", $"[{offsets[0]}, {offsets[1]}]");
        return new SafetensorsEntry(name, type, shape, dataStart + offsets[0], length);
    }

    private static long[] ReadNumbers(string path, string name, JsonElement entry, string key)
    {
        if (!entry.TryGetProperty(key, out var array) || array.ValueKind != JsonValueKind.Array)
            throw Bad(path, name, $"an array '{key}'", "none");
        var numbers = new long[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out numbers[i]) || numbers[i] < 0)
                throw Bad(path, name, $"whole numbers from 0 in '{key}'", element.GetRawText());
            i++;
        }

        return numbers;
    }

    private static long ByteCount(string path, string name, long[] shape, int elementSize)
    {
        try
        {
            return shape.Contains(0) ? 0 : shape.Aggregate((long)elementSize, (product, size) => checked(product * size));
        }
        catch (OverflowException)
        {
            throw Bad(path, name, "a shape whose size fits in 63 bits", $"[{string.Join(", ", shape)}]");
        }
    }

    /// <summary>The tensors must fill what follows the header: no hole, no overlap, nothing after them.</summary>
    private static void CheckLayout(string path, IEnumerable<SafetensorsEntry> entries, long dataStart, long fileLength)
    {
        var end = dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset != end)
            {
                var what = entry.Offset < end ? "overlaps the tensor before it" : "leaves a hole before it";
                throw Bad(
                    path, entry.Name, $"data_offsets beginning at {end - dataStart}", $"{entry.Offset - dataStart}, which {what}");
            }

            if (entry.Length > fileLength - entry.Offset)
            {
                throw Bad(path, entry.Name, $"{entry.Length} bytes at {entry.Offset}",
                    $"a file of {fileLength} bytes (truncated, or offsets outside the file)");
            }

            end = entry.Offset + entry.Length;
        }

        if (end != fileLength)
            throw Bad(path, $"the tensors end at byte {end}; the file has {fileLength} bytes");
    }

    private static InvalidDataException Bad(string path, string message) => new($"{path}: {message}");

    private static InvalidDataException Bad(string path, string tensor, string expected, string found) =>
        new($"{path}: tensor '{tensor}': expected {expected}, found {found}");
}
