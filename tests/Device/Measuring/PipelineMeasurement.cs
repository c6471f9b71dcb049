using System.Diagnostics;
using Afterimage.Cli;
using Afterimage.Cli.Generate;
using Afterimage.Cli.Verify;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>A trained pipeline on the device against the same on the CPU.</summary>
internal sealed record PipelineReport(IReadOnlyList<PipelineFilm> Films);

/// <summary>One film of both.</summary>
/// <param name="Cache">The cache of both.</param>
/// <param name="Difference">The largest difference of frames, as a share of their magnitude.</param>
/// <param name="SecondsOnCpu">Of the whole generation.</param>
/// <param name="SecondsOnDevice">The same there; the first has the kernels' first use in it.</param>
internal sealed record PipelineFilm(string Cache, double Difference, double SecondsOnCpu, double SecondsOnDevice);

/// <summary>Generates from one seed, in float32, which draws on the CPU and so means the same on both.</summary>
internal static class PipelineMeasurement
{
    public static void Run(Place place, string folder, Action<PipelineReport> write)
    {
        using var here = DiffusionPipeline.FromPretrained(folder);
        using var there = DiffusionPipeline.FromPretrained(folder).To(place.Torch);
        var films = new List<PipelineFilm>();
        foreach (var cache in (CacheChoice[])[CacheChoice.None, CacheChoice.Pyramid, CacheChoice.Faster, CacheChoice.TaylorLite])
        {
            var (expected, seconds) = Generate(here, cache, null);
            var (frames, secondsThere) = Generate(there, cache, place);
            using (expected)
            using (frames)
                films.Add(new PipelineFilm(cache.Name, Difference.Relative(frames, expected), seconds, secondsThere));
            write(new PipelineReport(films));
        }
    }

    private static (Tensor Frames, double Seconds) Generate(DiffusionPipeline pipeline, CacheChoice cache, Place? place)
    {
        pipeline.DisableCache();
        pipeline.EnableCache(cache.Config);
        var watch = Stopwatch.StartNew();
        var frames = pipeline.Generate("a red circle moving right", pipeline.DefaultOptions with { Seed = 1, NumInferenceSteps = 20 });
        place?.Finish();
        return (frames, watch.Elapsed.TotalSeconds);
    }
}
