using Afterimage.Server.Jobs;
using Afterimage.Server.Storage;
using Afterimage.Video;
using Microsoft.Extensions.Logging;
using static TorchSharp.torch;

namespace Afterimage.Server.Working;

/// <summary>The files of a job: the film, a picture of its first frame, one of many frames, and the plan of its cache.</summary>
internal sealed class FilmFiles
{
    /// <summary>The first frame.</summary>
    public const string Thumbnail = "thumbnail.png";

    /// <summary>Frames from all over the film.</summary>
    public const string Spritesheet = "spritesheet.png";

    /// <summary>What the cache did.</summary>
    public const string Plan = "plan.json";

    private const int MostSprites = 16;
    private readonly StorageFolder _storage;

    public FilmFiles(StorageFolder storage, ILogger<FilmFiles> logger)
    {
        _storage = storage;
        try
        {
            Film.CheckTarget(Path.Combine(storage.Root, "film.mp4"), 8);
            Ending = ".mp4";
        }
        catch (NotSupportedException exception)
        {
            logger.LogWarning("Films are written as WebP, since MP4 cannot be written here: {Reason}", exception.Message);
            Ending = ".webp";
        }
    }

    /// <summary>What the names of films end in: their format.</summary>
    public string Ending { get; }

    /// <summary>The name of one of the pictures of a job.</summary>
    public static string PictureName(int index) => $"picture-{index}.png";

    /// <summary>The media type of a file.</summary>
    public static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".mp4" => "video/mp4",
        ".webp" => "image/webp",
        ".json" => "application/json",
        _ => "image/png",
    };

    /// <summary>Writes what was generated.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="frames">[batch, frames, 3, height, width], the caller's; of one frame they are pictures.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="plan">What the cache did, if there was one.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <returns>The film's name, of pictures the first one's.</returns>
    public string Write(string folder, Tensor frames, JobRequest request, CachePlan? plan, CancellationToken cancellationToken)
    {
        plan?.Save(_storage.PathOf(folder, Plan));
        var film = new Film(frames, request.FramesPerSecond);
        if (film.FrameCount == 1)
        {
            for (var i = 0; i < frames.size(0); i++)
                new Film(frames, request.FramesPerSecond, i).Save(_storage.PathOf(folder, PictureName(i)), null, cancellationToken);
            return PictureName(0);
        }
        var name = $"film{Ending}";
        film.Save(_storage.PathOf(folder, name), null, cancellationToken);
        FrameOf(film, 0).Save(_storage.PathOf(folder, Thumbnail), null, cancellationToken);
        var sprites = Math.Min(MostSprites, film.FrameCount);
        var sheet = FilmGrid.Compose([.. Enumerable.Range(0, sprites).Select(i => FrameOf(film, i * film.FrameCount / sprites))]);
        sheet.Save(_storage.PathOf(folder, Spritesheet), null, cancellationToken);
        return name;
    }

    private static Film FrameOf(Film film, int index) => new([film.Frames[index]], film.Width, film.Height, film.FramesPerSecond);
}
