using Afterimage.Cli.Generate;
using Afterimage.Models;

namespace Afterimage.Cli.Quality;

/// <summary>Loads a pipeline, generates the films, and writes the report.</summary>
internal static class QualityRun
{
    public static int Run(QualityRequest request, CancellationToken cancellationToken)
    {
        // What cannot be generated is found out now, not after a day.
        DeviceOption.Check(request.Pipeline.Device);
        using var generation = CheckedGeneration.Of(request.Pipeline, request.Prompts[0], request.Options, request.Image, [.. request.Caches]);
        request = request with { Options = generation.Options };
        QualityPicture.Check(request, generation.Sizes);
        var work = QualityWork.Open(request);
        if (work.Count > 0)
            Console.WriteLine($"goes on from '{work.Folder}': {work.Count} of {request.Films} films are there");
        else
            QualityDisk.Check(request, generation.Sizes);

        var caches = Measure(request, work, cancellationToken);
        if (request.Picture is { } picture)
        {
            QualityPicture.Write(picture, request, work);
            Console.WriteLine($"wrote {picture}: a frame of {QualityPicture.Shown(request.Prompts.Count).Count} films of each cache");
        }
        WholeFile.WriteText(request.Target, QualityReport.Of(request, work.Form, caches));
        work.Delete();
        Console.WriteLine($"wrote {request.Target}: {request.Prompts.Count} films with each of {request.Caches.Count - 1} caches, and without");
        Console.WriteLine(Recommendation.Of(caches));
        foreach (var note in caches.SelectMany(cache => cache.Timings).SelectMany(timing => timing.Notes).Distinct().Order(StringComparer.Ordinal))
            Console.WriteLine($"note: {note}");
        return ExitCode.Success;
    }

    private static IReadOnlyList<CacheQuality> Measure(QualityRequest request, QualityWork work, CancellationToken cancellationToken)
    {
        try
        {
            using var pipeline = request.Pipeline.Load(cancellationToken);
            return new QualityFilms(pipeline, request, work).Measure(cancellationToken);
        }
        catch (OperationCanceledException) when (work.Count > 0)
        {
            Console.Error.WriteLine($"{work.Count} of {request.Films} films are kept in '{work.Folder}': the same command goes on from there.");
            throw;
        }
    }
}
