using System.Text.Json;
using Orleans.Storage;

namespace Afterimage.Server.Storage;

/// <summary>States of grains as files of JSON, for a server that is alone: written whole, so that a crash leaves the last one.</summary>
internal sealed class FileGrainStorage : IGrainStorage, IDisposable
{
    private readonly string _root;
    private readonly FileStream _lock;

    /// <exception cref="IOException">Another server works in the same storage.</exception>
    public FileGrainStorage(StorageFolder storage)
    {
        _root = Directory.CreateDirectory(Path.Combine(storage.Root, "states")).FullName;
        try
        {
            _lock = new FileStream(Path.Combine(_root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"Another server works in the storage '{storage.Root}': give this one another, or let them share it as a cluster (--cluster).", exception);
        }
    }

    /// <inheritdoc/>
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var path = PathOf(stateName, grainId);
        grainState.RecordExists = File.Exists(path);
        grainState.State = grainState.RecordExists
            ? RegularFile.ReadJson(path, json => JsonSerializer.Deserialize<T>(json, StateJson.Options))!
            : Activator.CreateInstance<T>();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var path = PathOf(stateName, grainId);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        WholeFile.Write(path, stream => JsonSerializer.Serialize(stream, grainState.State, StateJson.Options));
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        File.Delete(PathOf(stateName, grainId));
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    // Keys are names of models, ids and digests, none of which leads out of a folder.
    private string PathOf(string stateName, GrainId grainId) => Path.Combine(_root, stateName, $"{grainId.Key}.json");
}
