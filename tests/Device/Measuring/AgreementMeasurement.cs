using Afterimage.Cli;
using Afterimage.Cli.Bench;
using Afterimage.Cli.Verify;
using Afterimage.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Device.Measuring;

/// <summary>How far final latents are from those kept before, as a share of their largest magnitude.</summary>
internal sealed record Agreement(string Cache, double Difference);

/// <summary>Whether anything was compared, and how it came out.</summary>
/// <param name="Steps">The steps of the runs.</param>
/// <param name="Agreements">Empty where the latents were kept.</param>
internal sealed record AgreementReport(int Steps, IReadOnlyList<Agreement> Agreements);

/// <summary>Runs the same seeded runs in two processes, one of them with torch operations instead of kernels.</summary>
internal static class AgreementMeasurement
{
    private static readonly CacheChoice[] s_caches = [CacheChoice.None, CacheChoice.Pyramid, CacheChoice.Faster, CacheChoice.FasterGuided];

    public static AgreementReport Run(Place place, Shape shape, int steps, string path)
    {
        using var scope = NewDisposeScope();
        using var subject = shape.Build(place);
        var final = new Dictionary<string, Tensor>();
        foreach (var cache in s_caches)
            final[cache.Name] = new DenoisingRun(subject, cache, steps).Denoise(new Progress<double>(), CancellationToken.None).cpu();
        if (!File.Exists(path))
        {
            SafetensorsWriter.Write(path, final);
            return new AgreementReport(steps, []);
        }
        using var kept = SafetensorsFile.Open(path);
        return new AgreementReport(
            steps, [.. final.Select(own => new Agreement(own.Key, Difference.Relative(own.Value, kept.ReadTensor(own.Key))))]);
    }
}
