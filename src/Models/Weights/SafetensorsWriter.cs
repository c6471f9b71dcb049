using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    /// <summary>The header is padded with blanks so that the tensors begin at a multiple of this.</summary>
    private const int Alignment = 8;

    /// <summary>
    /// Writes <paramref name="tensors"/> to <paramref name="path"/>, replacing what is there once all is written: a full disk or a
    /// cancellation leaves the file as it was.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Tensors with memory, of any device, by name; they are written in the order given.</param>
    /// <param name="metadata">Strings to put beside them.</param>
    /// <param name="cancellationToken">Looked at before every 16 million elements.</param>
    /// <exception cref="ArgumentException">
    /// A tensor has an element type that the format lacks or is on the meta device, or a name comes twice.
    /// </exception>
    public static void Write(
        string path,
        IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        WholeFile.Write(path, stream => Write(stream, tensors, metadata, cancellationToken));
    }

    /// <summary>Writes all of a file to a stream.</summary>
    internal static void Write(
        Stream stream,
        IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors,
        IReadOnlyDictionary<string, string>? metadata,
        CancellationToken cancellationToken)
    {
        var header = Header(tensors, metadata ?? new Dictionary<string, string> { ["format"] = "pt" });
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.Prefix];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var (_, tensor) in tensors)
            WriteData(stream, tensor, cancellationToken);
    }

    private static byte[] Header(
        IReadOnlyCollection<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var entries = new Dictionary<string, object>(StringComparer.Ordinal) { ["__metadata__"] = metadata };
        long offset = 0;
        foreach (var (name, tensor) in tensors)
        {
            if (tensor.is_meta)
                throw new ArgumentException($"tensor '{name}' is on the meta device and has no memory to write", nameof(tensors));
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

    private static void WriteData(Stream stream, Tensor tensor, CancellationToken cancellationToken)
    {
        const long step = 16 << 20;
        using var scope = NewDisposeScope();
        var flat = tensor.detach().MovedTo(CPU).contiguous().view(-1);
        for (long start = 0; start < flat.NumberOfElements; start += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var chunk = flat.narrow(0, start, Math.Min(step, flat.NumberOfElements - start));
            stream.Write(chunk.bytes);
        }
    }
}
