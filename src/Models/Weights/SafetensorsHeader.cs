using System.Text.Json;
using System.Text.Unicode;

namespace Afterimage.Models;

/// <summary>Reads and checks the header of a safetensors file: 8 bytes of length, then JSON, then the tensors without holes.</summary>
internal static class SafetensorsHeader
{
    /// <summary>The bytes before the JSON: its length, little-endian.</summary>
    public const int Prefix = 8;

    /// <summary>The longest header the format allows.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>The length of the JSON, checked against the size of the file.</summary>
    public static int CheckLength(string path, ulong length, long fileLength)
    {
        if (length > MaxLength)
            throw MalformedFile.Because(path, $"the header says it is {length} bytes long; at most {MaxLength} are allowed");
        if ((long)length > fileLength - Prefix)
        {
            throw MalformedFile.Because(
                path, $"the header says it is {length} bytes long; the file has {fileLength - Prefix} left (truncated?)");
        }

        return (int)length;
    }

    /// <summary>Reads the JSON and compares what it says with the length of the file.</summary>
    /// <exception cref="InvalidDataException">The header is not as the format asks. Nothing else is thrown, whatever the bytes.</exception>
    public static (Dictionary<string, SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Parse(
        string path, ReadOnlySpan<byte> json, long fileLength)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
            throw MalformedFile.Because(path, "the header does not begin with '{' (not a safetensors file?)");
        if (!Utf8.IsValid(json))
            throw MalformedFile.Because(path, "the header is not UTF-8");

        var reader = new SafetensorsHeaderReader(path, json);
        try
        {
            reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped half of a surrogate pair, which no string can hold.
            throw new InvalidDataException($"{path}: the header is not JSON: {MalformedFile.Shown(e.Message)}", e);
        }

        CheckLayout(path, reader.Entries.Values, Prefix + json.Length, fileLength);
        return (reader.Entries, reader.Metadata);
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
                throw MalformedFile.Because(
                    path, entry.Name, $"data_offsets beginning at {end - dataStart}", $"{entry.Offset - dataStart}, which {what}");
            }

            if (entry.Length > fileLength - entry.Offset)
            {
                throw MalformedFile.Because(path, entry.Name, $"{entry.Length} bytes at {entry.Offset}",
                    $"a file of {fileLength} bytes (truncated, or offsets outside the file)");
            }

            end = entry.Offset + entry.Length;
        }

        if (end != fileLength)
            throw MalformedFile.Because(path, $"the tensors end at byte {end}; the file has {fileLength} bytes");
    }
}
