namespace Afterimage.Video.Formats;

/// <summary>A way to write a film.</summary>
internal abstract class FilmFormat
{
    /// <summary>The format that the end of a path names.</summary>
    public static FilmFormat Of(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".mp4" => new Mp4Format(),
        ".webp" => AnimationFormat.WebP,
        ".gif" => AnimationFormat.Gif,
        ".png" => new PictureSeriesFormat(Path.GetFileName(path)),
        _ => throw new ArgumentException(
            $"'{path}' is no film that can be written: expected a name that ends in .mp4, .webp or .gif, or a pattern such as frames/%04d.png."),
    };

    /// <summary>Refuses what could not be written whatever the frames are.</summary>
    public abstract void Check(double framesPerSecond);

    /// <summary>Writes the whole film; what it leaves when that fails is thrown away.</summary>
    public abstract void Write(Film film, string path, IProgress<int>? progress, CancellationToken cancellationToken);
}
