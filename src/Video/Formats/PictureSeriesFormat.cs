using System.Globalization;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace Afterimage.Video.Formats;

/// <summary>One PNG a frame, numbered from 0 by a pattern such as <c>%04d.png</c>; a picture needs no number.</summary>
internal sealed partial class PictureSeriesFormat(string pattern) : FilmFormat
{
    public override void Check(double framesPerSecond)
    {
    }

    public override void CheckFrames(bool isPicture)
    {
        if (Number().Count(pattern) != 1 && !(isPicture && !pattern.Contains('%')))
            throw new ArgumentException($"One picture cannot hold a film: '{pattern}' needs a place for the frame's number, as in frame-%04d.png.");
    }

    /// <summary>Deflate holds at most 258 bytes, which are repeated, in two bits. Source: RFC 1951, 3.2.5; PNG's specification for what is around it.</summary>
    public override long LeastBytes(long frames, long width, long height)
    {
        const int MostInOneByte = 258 * 8 / 2;
        const int AroundThePixels = 8 + 25 + 12 + 6 + 12; // the signature, IHDR, IDAT with zlib's header and sum, IEND
        return frames * (AroundThePixels + height * (1 + 3 * width) / MostInOneByte);
    }

    public override void Write(Film film, string path, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        for (var i = 0; i < film.FrameCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var picture = FramePixels.Of(film, i);
            using var bytes = picture.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(Path.Combine(folder, NameOf(i)), bytes.AsSpan());
            progress?.Report(i + 1);
        }
    }

    /// <summary>The name of the picture of a number.</summary>
    public string NameOf(long index) => Number().Replace(pattern, match =>
        index.ToString(CultureInfo.InvariantCulture).PadLeft(match.Groups[1].Length == 0 ? 1 : int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), '0'));

    [GeneratedRegex("%(?:0([1-9]))?d")]
    private static partial Regex Number();
}
