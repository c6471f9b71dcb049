using Afterimage.Cli.Working;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Cli.Generate;

/// <summary>A pipeline named on the command line.</summary>
/// <param name="Folder">Its folder, in the Hub's cache where that is meant.</param>
/// <param name="Variant">Which of several sets of weights; null for the plain or only one.</param>
/// <param name="Scheduler"><c>ddim</c>, <c>dpm</c>, or null for the folder's own.</param>
/// <param name="Dtype">The type the models run in.</param>
/// <param name="Device">Where they run.</param>
/// <param name="Offloads">Whether they are there only while they run.</param>
/// <param name="BeginsWithImage">Whether there is a picture to begin with.</param>
internal sealed record PipelineChoice(
    string Folder, string? Variant, string? Scheduler, ScalarType Dtype, DeviceType Device, bool Offloads = false, bool BeginsWithImage = false)
{
    /// <summary>Its class.</summary>
    /// <exception cref="NotSupportedException">There is no such pipeline here.</exception>
    public PipelineClass Class => PipelineClasses.Of(Folder, BeginsWithImage);

    /// <summary>Works out the sizes of a generation, and refuses what cannot work, before any weight is loaded.</summary>
    public GenerationRequest Resolve(string prompt, GenerationOptions options, CacheChoice cache) =>
        Class.Resolve(Folder, prompt, options, cache.Config, new Device(Device));

    /// <summary>Loads it, with a progress bar. The caller disposes of it.</summary>
    /// <exception cref="ArgumentException">Another scheduler is asked for, and the pipeline is none of CogVideoX's.</exception>
    public DiffusionPipeline Load(CancellationToken cancellationToken)
    {
        var pipeline = LongWork.Run("loading", progress => Class.Load(
            Folder,
            Dtype,
            progress.Select<LoadProgress>(WorkProgress.Of),
            cancellationToken,
            Variant));
        try
        {
            if (Scheduler is not null)
                pipeline.Scheduler = Replaced(pipeline.Scheduler);
            return Offloads ? pipeline.EnableModelCpuOffload(new Device(Device)) : pipeline.To(new Device(Device));
        }
        catch
        {
            pipeline.Dispose();
            throw;
        }
    }

    private IScheduler Replaced(IScheduler own)
    {
        if (own is not CogVideoXScheduler cogVideoX)
            throw new ArgumentException($"--scheduler {Scheduler} is for the pipelines of CogVideoX; this one's {own.GetType().Name} stays.");
        // As diffusers advises for another scheduler than the folder's.
        var settings = cogVideoX.Config with { TimestepSpacing = "trailing" };
        return Scheduler == "dpm" ? new CogVideoXDPMScheduler(settings) : new CogVideoXDDIMScheduler(settings);
    }
}
