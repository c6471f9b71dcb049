using ImageMagick;

namespace Afterimage.Video.Formats;

/// <summary>An animated picture that repeats for ever.</summary>
/// <param name="format">Which kind.</param>
/// <param name="ticksPerSecond">The unit that the kind counts time in.</param>
/// <param name="fastest">The most frames a second that viewers show as asked.</param>
/// <param name="longestSide">The most pixels that the kind has numbers for.</param>
/// <param name="prepare">Sets the quality.</param>
internal sealed class AnimationFormat(
    MagickFormat format, int ticksPerSecond, double fastest, int longestSide, Action<MagickImageCollection> prepare) : FilmFormat
{
    /// <summary>Viewers take delays below 2 hundredths of a second for 10.</summary>
    public static readonly AnimationFormat Gif = new(MagickFormat.Gif, 100, 50, 65_535, frames => frames.Quantize(
        // One palette for all frames: one per frame would flicker.
        new QuantizeSettings { Colors = 256, DitherMethod = DitherMethod.FloydSteinberg }));

    /// <summary>Browsers take delays below 11 thousandths of a second for 100.</summary>
    public static readonly AnimationFormat WebP = new(MagickFormat.WebP, 1000, 90, 16_383, frames =>
    {
        foreach (var frame in frames)
        {
            frame.Quality = 95;
            // Thin coloured lines survive, at the cost of some time.
            frame.Settings.SetDefine(MagickFormat.WebP, "use-sharp-yuv", true);
        }
    });

    public override void Check(double framesPerSecond) => CheckRate($"{format}", framesPerSecond, fastest);

    public override void Write(Film film, string path, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        if (Math.Max(film.Width, film.Height) > longestSide)
            throw new ArgumentException($"{format} holds pictures of up to {longestSide} × {longestSide} pixels, got {film.Width} × {film.Height}.", nameof(film));
        using var frames = new MagickImageCollection();
        for (var i = 0; i < film.FrameCount; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var frame = FramePicture.Of(film, i);
            frames.Add(frame);
            frame.AnimationTicksPerSecond = ticksPerSecond;
            frame.AnimationDelay = (uint)(Ticks(i + 1) - Ticks(i));
            frame.AnimationIterations = 0;
            frame.Progress += (_, moment) => moment.Cancel = cancellationToken.IsCancellationRequested;
            progress?.Report(i + 1);
        }
        // Not to the file: Magick does not tell that a disk is full.
        var bytes = Encode(frames, cancellationToken);
        File.WriteAllBytes(path, format == MagickFormat.WebP ? WebPStill.WithTime(bytes, film, Ticks(film.FrameCount)) : bytes);

        // Rounded in sum, so that a film of many frames keeps its length.
        long Ticks(int frame) => (long)Math.Round(frame * ticksPerSecond / film.FramesPerSecond);
    }

    private byte[] Encode(MagickImageCollection frames, CancellationToken cancellationToken)
    {
        try
        {
            prepare(frames);
            var bytes = frames.ToByteArray(format);
            // A cancelled Magick either throws, or returns what it has.
            cancellationToken.ThrowIfCancellationRequested();
            return bytes;
        }
        catch (MagickException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
