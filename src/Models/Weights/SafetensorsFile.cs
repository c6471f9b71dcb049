using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// A memory-mapped safetensors file. Opening it reads and checks the header only; a tensor's bytes are touched when it is
/// read, and go straight from the mapping into place. Reading from several threads is safe, disposing meanwhile is not.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>What is staged at a time where elements are converted or go to another device.</summary>
    private const long StagingBytes = 64 << 20;

    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Dictionary<string, SafetensorsEntry> _entries;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view,
        Dictionary<string, SafetensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Path = path;
        _map = map;
        _view = view;
        _entries = entries;
        Metadata = metadata;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Every tensor of the file by its name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    /// <summary>The strings that whoever saved the file put beside the tensors.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Maps <paramref name="path"/> and checks its header.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not as the format asks: the message names the file, the tensor, what was expected and what was found.
    /// </exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var length = new FileInfo(path) is { Exists: true } info
            ? info.Length
            : throw new FileNotFoundException($"{path}: no such file", path);
        if (length < SafetensorsHeader.Prefix)
            throw new InvalidDataException($"{path}: {length} bytes are too few for a safetensors file (truncated?)");

        var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            Span<byte> prefix = stackalloc byte[SafetensorsHeader.Prefix];
            Read(view, 0, prefix);
            var json = new byte[SafetensorsHeader.CheckLength(path, BinaryPrimitives.ReadUInt64LittleEndian(prefix), length)];
            Read(view, SafetensorsHeader.Prefix, json);
            var (entries, metadata) = SafetensorsHeader.Parse(path, json, length);
            return new SafetensorsFile(path, map, view, entries, metadata);
        }
        catch
        {
            view?.Dispose();
            map.Dispose();
            throw;
        }
    }

    /// <summary>Reads a tensor into a new one of the type it has in the file.</summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of this name.</exception>
    public Tensor ReadTensor(string name, Device? device = null)
    {
        var entry = Find(name);
        var tensor = empty([.. entry.Shape], dtype: entry.Dtype, device: device);
        CopyTo(name, tensor);
        return tensor;
    }

    /// <summary>Reads a tensor into the memory of <paramref name="destination"/>, converted to its type and device.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="destination">A tensor of the same shape, not on the meta device.</param>
    /// <param name="cancellationToken">Looked at every 64 MB.</param>
    /// <exception cref="KeyNotFoundException">The file has no tensor of this name.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has another shape, or no memory.</exception>
    public void CopyTo(string name, Tensor destination, CancellationToken cancellationToken = default)
    {
        var entry = Find(name);
        if (!destination.shape.AsSpan().SequenceEqual(entry.Shape.ToArray()))
        {
            throw new ArgumentException(
                $"{Path}: tensor '{name}': expected [{string.Join(", ", destination.shape)}], "
                + $"found [{string.Join(", ", entry.Shape)}]",
                nameof(destination));
        }

        if (destination.is_meta)
            throw new ArgumentException($"tensor '{name}' is on the meta device and has no memory to read into", nameof(destination));

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (destination.is_contiguous())
        {
            CopyFlat(entry, destination.detach().view(-1), cancellationToken);
            return;
        }

        var staged = empty([.. entry.Shape], dtype: entry.Dtype);
        CopyFlat(entry, staged.view(-1), cancellationToken);
        destination.copy_(staged);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }

    private void CopyFlat(SafetensorsEntry entry, Tensor flat, CancellationToken cancellationToken)
    {
        var elementSize = SafetensorsDtype.Size(entry.Dtype);
        var direct = flat.device_type == TorchSharp.DeviceType.CPU && flat.dtype == entry.Dtype;
        var count = flat.NumberOfElements;
        var step = StagingBytes / elementSize;
        using var staging = direct ? null : empty([Math.Min(step, count)], dtype: entry.Dtype);
        for (long start = 0; start < count; start += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var size = Math.Min(step, count - start);
            using var target = flat.narrow(0, start, size);
            using var source = direct ? target.alias() : staging!.narrow(0, 0, size);
            Read(_view, entry.Offset + start * elementSize, source.bytes);
            if (!direct)
                target.copy_(source).Dispose();
        }
    }

    private static void Read(MemoryMappedViewAccessor view, long offset, Span<byte> target) =>
        view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(view.PointerOffset + offset), target);

    private SafetensorsEntry Find(string name) => _entries.TryGetValue(name, out var entry)
        ? entry
        : throw new KeyNotFoundException($"{Path}: there is no tensor '{name}'");
}
