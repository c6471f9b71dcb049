using Afterimage.Models;
using Afterimage.Video.Formats;

namespace Afterimage.Cli.Quality;

/// <summary>Loads a pipeline, generates the films, and writes the report.</summary>
internal static class QualityRun
{
    public static int Run(QualityRequest request, CancellationToken cancellationToken)
    {
        // What cannot be written or generated is found out now, not after a day.
        UnfinishedFiles.CheckTarget(request.Target);
        if (request.Picture is not null)
            UnfinishedFiles.CheckTarget(request.Picture);
        request.Pipeline.CheckDevice();
        foreach (var cache in request.Caches)
            CogVideoXPipeline.CheckOptions(request.Pipeline.Folder, request.Prompts[0], request.Options, cache.Config);

        using var pipeline = request.Pipeline.Load(cancellationToken);
        using var films = new QualityFilms(pipeline, request);
        var caches = films.Measure(cancellationToken);

        if (request.Picture is { } picture)
        {
            QualityPicture.Write(picture, request, films);
            Console.WriteLine($"wrote {picture}: a frame of {films.Shown.Count} films of each cache");
        }
        var report = QualityReport.Of(request, films.Form, caches);
        UnfinishedFiles.Write(request.Target, path => File.WriteAllText(path, report));
        Console.WriteLine($"wrote {request.Target}: {request.Prompts.Count} films with each of {request.Caches.Count - 1} caches, and without");
        Console.WriteLine(Recommendation.Of(caches));
        foreach (var note in films.Notes)
            Console.WriteLine($"note: {note}");
        return ExitCode.Success;
    }
}
