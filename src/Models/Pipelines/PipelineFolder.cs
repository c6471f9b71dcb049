using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>The folder of a pipeline, whose index is read and whose parts' classes are checked.</summary>
/// <typeparam name="TPipeline">The pipeline.</typeparam>
internal sealed class PipelineFolder<TPipeline> where TPipeline : DiffusionPipeline, IPretrainedPipeline<TPipeline>
{
    private readonly string _folder;
    private readonly PipelineIndex _index;
    private readonly List<(string Name, string Class)> _parts = [];

    /// <exception cref="FileNotFoundException">There is no such folder, no index in it, or a part is missing.</exception>
    /// <exception cref="InvalidDataException">The index is malformed, or names other classes.</exception>
    public PipelineFolder(string folder)
    {
        _folder = folder;
        _index = PipelineIndex.Read(folder, TPipeline.IndexClasses);
        foreach (var part in TPipeline.Parts)
        {
            if (_index.ClassOf(part) is { } found)
                _parts.Add((part.Name, found));
        }
    }

    private IEnumerable<(string Name, string Class)> Models => _parts.Where(part => PartNames.IsModel(part.Name));

    /// <summary>Loads all parts.</summary>
    public TPipeline Load(ScalarType dtype, IProgress<LoadProgress>? progress, CancellationToken cancellationToken, string? variant)
    {
        var parts = WithoutModels();
        Outline(parts).Dispose();

        var told = new PartsProgress(progress);
        foreach (var (name, _) in Models)
            told.Add(name, _index.FolderOf(name), variant);
        try
        {
            foreach (var (name, className) in Models)
            {
                var model = ModelClasses.Find<nn.Module>(className, _index.FolderOf(name));
                parts.Add(name, model.FromPretrained(_index.FolderOf(name), dtype, CPU, told.Of(name), cancellationToken, variant));
            }
            return TPipeline.FromParts(parts);
        }
        catch
        {
            Free(parts);
            throw;
        }
    }

    /// <summary>The pipeline without weights: its models are on the META device. Nothing is warned of.</summary>
    /// <exception cref="InvalidDataException">The parts do not go together.</exception>
    public TPipeline Outline()
    {
        using var quiet = JsonConfig.Quietly();
        return Outline(WithoutModels());
    }

    private TPipeline Outline(PipelineParts withoutModels)
    {
        using var quiet = JsonConfig.Quietly();
        using var skipped = WeightInitialization.Skip();
        var parts = new PipelineParts(withoutModels);
        try
        {
            foreach (var (name, className) in Models)
            {
                var folder = _index.FolderOf(name);
                parts.Add(name, ModelClasses.Find<nn.Module>(className, folder).FromConfigFile(Pretrained.ConfigIn(folder), META, null));
            }
            return TPipeline.FromParts(parts);
        }
        catch (ArgumentException e)
        {
            Free(parts);
            throw new InvalidDataException($"{_folder}: {e.Message}", e);
        }
        catch
        {
            Free(parts);
            throw;
        }
    }

    private PipelineParts WithoutModels()
    {
        var parts = new PipelineParts(_index.Settings);
        foreach (var (name, className) in _parts.Where(part => part.Name == PartNames.Scheduler))
            parts.Add(name, SchedulerClasses.FromFile(className, Path.Combine(_index.FolderOf(name), "scheduler_config.json")));
        foreach (var (name, _) in _parts.Where(part => part.Name == PartNames.ImageProcessor))
            parts.Add(name, CLIPImageProcessor.FromPretrained(_index.FolderOf(name)));
        foreach (var (name, className) in _parts.Where(part => PartNames.IsTokenizer(part.Name)))
            parts.Add(name, TokenizerClasses.FromPretrained(className, _index.FolderOf(name)));
        return parts;
    }

    private static void Free(PipelineParts parts)
    {
        foreach (var model in parts.Modules)
            model.Dispose();
    }
}
