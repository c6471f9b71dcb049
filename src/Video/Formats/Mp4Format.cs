using System.Globalization;

namespace Afterimage.Video.Formats;

/// <summary>H.264 by the FFmpeg that is installed, which reads the frames from its standard input.</summary>
/// <param name="patience">How long FFmpeg may show no sign of life.</param>
internal sealed class Mp4Format(TimeSpan patience) : FilmFormat
{
    private const string Encoder = "libx264";

    // FFmpeg takes a little over a million for anything above it, and no very low ones.
    private const double Fastest = 1000;

    public override void Check(double framesPerSecond)
    {
        CheckRate("MP4", framesPerSecond, Fastest);
        using var ffmpeg = FFmpegProcess.Start(patience, "-hide_banner", "-encoders");
        if (!ffmpeg.ReadOutput().Contains($" {Encoder} ", StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"The installed FFmpeg cannot write H.264, which .mp4 needs: install one with {Encoder}, or ask for .webp or .gif.");
        }
    }

    public override void Write(Film film, string path, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        using var ffmpeg = FFmpegProcess.Start(
            patience,
            // What it reports on standard output says that it lives.
            "-v", "error", "-y", "-progress", "pipe:1",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{film.Width}x{film.Height}",
            "-r", film.FramesPerSecond.ToString(CultureInfo.InvariantCulture), "-i", "-",
            // A rate factor of 16 is hard to tell from the frames themselves.
            "-c:v", Encoder, "-crf", "16", "-vf", Filters(film),
            "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-movflags", "+faststart", path);
        for (var i = 0; i < film.FrameCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ffmpeg.Send(film.Frames[i], cancellationToken);
            progress?.Report(i + 1);
        }
        ffmpeg.Finish(cancellationToken);
        if (!File.Exists(path))
            throw new IOException("FFmpeg ended as if all were well and wrote no film: what 'ffmpeg' is on the PATH?");
    }

    /// <summary>To even sizes, whose added column or row repeats the last, and to the colours that players expect.</summary>
    private static string Filters(Film film)
    {
        var (right, bottom) = (film.Width % 2, film.Height % 2);
        var even = right + bottom == 0
            ? ""
            : $"pad={film.Width + right}:{film.Height + bottom},fillborders=right={right}:bottom={bottom}:mode=smear,";
        return $"{even}scale=out_color_matrix=bt709:out_range=tv,format=yuv420p";
    }
}
