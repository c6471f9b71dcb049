using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>The header is padded with blanks so that the tensors begin at a multiple of this.</summary>
    private const int Alignment = 8;

    /// <summary>Writes <paramref name="tensors"/> to <paramref name="path"/>, replacing what is there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Tensors of any device by name; they are written in the order given.</param>
    /// <param name="metadata">Strings to put beside them.</param>
    /// <exception cref="ArgumentException">A tensor has an element type that the format lacks.</exception>
    public static void Write(
        string path, IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = Header(tensors, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
        using var stream = File.Create(path);
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.Prefix];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var (_, tensor) in tensors)
            WriteData(stream, tensor);
    }

    private static byte[] Header(
        IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = new Dictionary<string, object>(StringComparer.Ordinal) { ["__metadata__"] = metadata };
        long offset = 0;
        foreach (var (name, tensor) in tensors)
        {
            var end = offset + tensor.NumberOfElements * SafetensorsDtype.Size(tensor.dtype);
            var dtype = SafetensorsDtype.Name(tensor.dtype);
            entries.Add(name, new { dtype, tensor.shape, data_offsets = new[] { offset, end } });
            offset = end;
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(entries);
        var padded = new byte[(json.Length + Alignment - 1) / Alignment * Alignment];
        padded.AsSpan().Fill((byte)' ');
        json.CopyTo(padded, 0);
        return padded;
    }

    private static void WriteData(Stream stream, Tensor tensor)
    {
        const long step = 16 << 20;
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (long start = 0; start < flat.NumberOfElements; start += step)
            stream.Write(flat.narrow(0, start, Math.Min(step, flat.NumberOfElements - start)).bytes);
    }
}
