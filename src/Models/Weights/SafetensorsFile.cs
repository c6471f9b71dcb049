using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// An open safetensors file. Opening it reads and checks the header only; a tensor's bytes are read when they are asked for,
/// straight into the memory of the tensor, with a thread for each processor, eight at most. Reading from several threads is safe, disposing meanwhile is not.
/// </summary>
/// <remarks>
/// The file is read and not mapped. The pages of a mapping count as memory of the process until the system takes them back, so
/// that loading would seem to need the weights twice; and a mapped file that shrinks meanwhile ends the process.
/// </remarks>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, SafetensorsEntry> _entries;

    private SafetensorsFile(
        string path, SafeFileHandle handle, Dictionary<string, SafetensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Path = path;
        _handle = handle;
        _entries = entries;
        Metadata = metadata;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Every tensor of the file by its name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    /// <summary>The strings that whoever saved the file put beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens <paramref name="path"/> and checks its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is no regular file, or not as the format asks: the message names the file, the tensor, what was expected and what was
    /// found.
    /// </exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var handle = RegularFile.Open(path);
        try
        {
            var length = RandomAccess.GetLength(handle);
            Span<byte> start = stackalloc byte[(int)Math.Min(length, StandIn.Length)];
            RegularFile.Read(handle, path, start, 0);
            StandIn.Refuse(path, start);
            if (length < SafetensorsHeader.Prefix)
                throw MalformedFile.Because(path, $"{length} bytes are too few for a safetensors file (truncated?)");

            var json = new byte[SafetensorsHeader.CheckLength(path, BinaryPrimitives.ReadUInt64LittleEndian(start), length)];
            RegularFile.Read(handle, path, json, SafetensorsHeader.Prefix);
            var (entries, metadata) = SafetensorsHeader.Parse(path, json, length);
            return new SafetensorsFile(path, handle, entries, metadata);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor into a new one of the type it has in the file.</summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of this name.</exception>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    public Tensor ReadTensor(string name, Device? device = null)
    {
        var entry = Find(name);
        var tensor = empty([.. entry.Shape], dtype: entry.Dtype, device: device);
        try
        {
            CopyTo(name, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor into the memory of <paramref name="destination"/>, converted to its type and device.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the same shape, not on the meta device.</param>
    /// <param name="cancellationToken">Looked at every 4 MiB.</param>
    /// <exception cref="KeyNotFoundException">The file has no tensor of this name.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another shape, or no memory.</exception>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    public void CopyTo(string name, Tensor destination, CancellationToken cancellationToken = default) =>
        ParallelReads.Run([Reading(name, destination)], static _ => { }, cancellationToken);

    /// <summary>What reads a tensor into <paramref name="destination"/>.</summary>
    /// <inheritdoc cref="CopyTo" path="/exception"/>
    internal TensorRead Reading(string name, Tensor destination)
    {
        var entry = Find(name);
        if (!destination.shape.AsSpan().SequenceEqual(entry.Shape.ToArray()))
        {
            throw new ArgumentException(
                $"{Path}: tensor '{name}': expected [{string.Join(", ", destination.shape)}], "
                + $"found [{string.Join(", ", entry.Shape)}]",
                nameof(destination));
        }

        return destination.is_meta
            ? throw new ArgumentException($"tensor '{name}' is on the meta device and has no memory to read into", nameof(destination))
            : new TensorRead(this, entry, destination);
    }

    /// <summary>Fills <paramref name="target"/> with bytes of a tensor, from its byte <paramref name="start"/> on.</summary>
    /// <exception cref="InvalidDataException">The file has become shorter since it was opened.</exception>
    internal void Read(SafetensorsEntry entry, Span<byte> target, long start) =>
        RegularFile.Read(_handle, Path, target, entry.Offset + start, entry.Name);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private SafetensorsEntry Find(string name) => _entries.TryGetValue(name, out var entry)
        ? entry
        : throw new KeyNotFoundException($"{Path}: there is no tensor '{name}'");
}
