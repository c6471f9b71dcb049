using System.Text.Json;

namespace Afterimage.Models;

/// <summary>
/// The weights of one model: a safetensors file, or the shards that an index (<c>*.safetensors.index.json</c>) names. As diffusers
/// saves them (<c>save_pretrained</c>), of a variant or not.
/// </summary>
public sealed class SafetensorsCheckpoint : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, SafetensorsFile> _owners = new(StringComparer.Ordinal);

    private SafetensorsCheckpoint(string path) => Path = path;

    /// <summary>The file or the index that was opened.</summary>
    public string Path { get; }

    /// <summary>The names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _owners.Keys;

    /// <summary>Opens a safetensors file, an index of shards, or the one of these that a folder holds.</summary>
    /// <param name="path">The file, the index or the folder.</param>
    /// <param name="variant">
    /// Which of a folder's sets of weights, as <c>fp16</c>; <see langword="null"/> for the plain one, or the only one.
    /// </param>
    /// <exception cref="FileNotFoundException">Nothing there to open, or a shard is missing; the message names it.</exception>
    /// <exception cref="InvalidDataException">A file is malformed, or an index and its shards do not agree.</exception>
    public static SafetensorsCheckpoint Open(string path, string? variant = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (variant is not null && File.Exists(path))
            throw new ArgumentException($"a variant ('{variant}') is chosen in a folder, and '{path}' is a file", nameof(variant));
        var file = Directory.Exists(path) ? WeightFiles.FindIn(path, variant) : path;
        var checkpoint = new SafetensorsCheckpoint(file);
        try
        {
            if (WeightFiles.IsIndex(file))
                checkpoint.OpenShards();
            else
                checkpoint.OpenSingle();
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The file that holds a tensor, or <see langword="null"/> where no file does.</summary>
    public SafetensorsFile? FileOf(string name) => _owners.GetValueOrDefault(name);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }

    private SafetensorsFile OpenFile(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        return file;
    }

    private void OpenSingle()
    {
        var file = OpenFile(Path);
        foreach (var name in file.Entries.Keys)
            _owners.Add(name, file);
    }

    private void OpenShards()
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        var map = ReadWeightMap();
        foreach (var shard in map.GroupBy(item => item.Value, item => item.Key, StringComparer.Ordinal))
        {
            var path = System.IO.Path.Combine(folder, shard.Key);
            if (!File.Exists(path))
            {
                throw new FileNotFoundException(
                    $"{Path}: shard '{MalformedFile.Shown(shard.Key)}' is missing; "
                    + $"it holds {shard.Count()} tensors, '{MalformedFile.Shown(shard.First())}' first", path);
            }

            var file = OpenFile(path);
            if (shard.FirstOrDefault(name => !file.Entries.ContainsKey(name)) is { } missing)
                throw MalformedFile.Because(path, $"tensor '{missing}': expected here by {Path}, found in no such place");
            foreach (var name in file.Entries.Keys)
            {
                if (map.GetValueOrDefault(name) is var owner && owner != shard.Key)
                {
                    var expected = owner is null ? "nowhere" : $"in '{owner}'";
                    throw MalformedFile.Because(path, name, $"{expected} by {Path}", "it in this shard");
                }

                _owners.Add(name, file);
            }
        }
    }

    private Dictionary<string, string> ReadWeightMap()
    {
        try
        {
            using var document = JsonDocument.Parse(RegularFile.ReadBytes(Path));
            var map = document.RootElement.GetProperty("weight_map").EnumerateObject()
                .ToDictionary(item => item.Name, item => item.Value.GetString() ?? "", StringComparer.Ordinal);
            foreach (var (tensor, shard) in map)
            {
                // A shard lies beside its index: a name that leads elsewhere would let a download read any file.
                if (shard is "" or "." or ".." || shard.AsSpan().IndexOfAny("/\\:\0") >= 0)
                    throw MalformedFile.Because(Path, tensor, "the name of a file beside the index", $"'{shard}'");
            }

            return map;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException(
                $"{Path}: not an index of shards (an object with a 'weight_map' from tensor to file name): {e.Message}", e);
        }
    }
}
