using System.Globalization;

namespace Afterimage.Video.Formats;

/// <summary>A way to write a film.</summary>
internal abstract class FilmFormat
{
    private const double Slowest = 0.01;

    /// <summary>The format that the end of a path names.</summary>
    public static FilmFormat Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var format = (FilmFormat)(Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".mp4" => new Mp4Format(FFmpegProcess.Patience),
            ".webp" => new WebPFormat(),
            ".gif" => new GifFormat(),
            ".png" => new PictureSeriesFormat(Path.GetFileName(path)),
            _ => throw new ArgumentException(
                $"'{path}' is no film that can be written: expected a name that ends in .mp4, .webp or .gif, or a pattern such as frames/%04d.png."),
        });
        // Such a file would be a hidden one.
        return Path.GetFileNameWithoutExtension(path).Length > 0
            ? format
            : throw new ArgumentException($"'{path}' is an ending without a name: expected a name before it, as in film{Path.GetExtension(path)}.");
    }

    /// <summary>Refuses what could not be written whatever the frames are.</summary>
    public abstract void Check(double framesPerSecond);

    /// <summary>Refuses frames that it has no place for.</summary>
    /// <param name="isPicture">Whether there is one frame.</param>
    public virtual void CheckFrames(bool isPicture)
    {
    }

    /// <summary>Refuses frames of a size that it has no numbers for.</summary>
    public virtual void CheckSize(long width, long height)
    {
    }

    /// <summary>The bytes that no film of this size is written in less than; 0 where there is no saying.</summary>
    public virtual long LeastBytes(long frames, long width, long height) => 0;

    /// <summary>Writes the whole film; what it leaves when that fails is thrown away.</summary>
    public abstract void Write(Film film, string path, IProgress<int>? progress, CancellationToken cancellationToken);

    /// <summary>Refuses rates that are not shown as asked.</summary>
    protected static void CheckRate(string format, double framesPerSecond, double fastest)
    {
        if (framesPerSecond < Slowest || framesPerSecond > fastest)
        {
            throw new ArgumentOutOfRangeException(nameof(framesPerSecond), string.Create(
                CultureInfo.InvariantCulture,
                $"{format} shows from {Slowest} to {fastest} frames per second, got {framesPerSecond}."));
        }
    }
}
