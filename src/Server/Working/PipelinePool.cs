using Afterimage.Models;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Afterimage.Server.Working;

/// <summary>The pipelines that a worker has loaded, as many as memory allows; the one that was not used for longest goes first. For one thread at a time.</summary>
internal sealed class PipelinePool(ServerOptions options, Device device, ILogger logger) : IDisposable
{
    private const double UsualShareOfMemory = 0.8;
    private readonly double _most = options.MostBytesOfWeights ?? UsualShareOfMemory * MachineMemory.Total / options.Workers;

    // The last is the one that was used last.
    private readonly List<(ServedModel Model, DiffusionPipeline Pipeline)> _loaded = [];

    /// <summary>The models that are loaded.</summary>
    public IEnumerable<ServedModel> Loaded => _loaded.Select(entry => entry.Model);

    /// <summary>A model's pipeline, without a cache; the pool's, until the next is asked for.</summary>
    public DiffusionPipeline Get(ServedModel model, CancellationToken cancellationToken)
    {
        var at = _loaded.FindIndex(entry => entry.Model == model);
        if (at >= 0)
        {
            var found = _loaded[at];
            _loaded.RemoveAt(at);
            _loaded.Add(found);
            return found.Pipeline;
        }
        while (_loaded.Count > 0 && _loaded.Sum(entry => (double)entry.Model.Weights) + model.Weights > _most)
        {
            logger.LogInformation("Unloading {Model}, to make room for {Next}", _loaded[0].Model.Name, model.Name);
            _loaded[0].Pipeline.Dispose();
            _loaded.RemoveAt(0);
        }
        logger.LogInformation("Loading {Model} from {Folder}", model.Name, model.Path);
        var pipeline = model.Load(device, cancellationToken);
        _loaded.Add((model, pipeline));
        return pipeline;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, pipeline) in _loaded)
            pipeline.Dispose();
        _loaded.Clear();
    }
}
