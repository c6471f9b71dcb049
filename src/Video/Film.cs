using Afterimage.Video.Formats;
using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>A short film in memory: frames of one size in 8-bit RGB, shown at a constant rate.</summary>
public sealed class Film
{
    private readonly byte[][] _frames;

    /// <summary>Copies frames from a tensor, which stays the caller's.</summary>
    /// <param name="frames">
    /// <c>[frames, 3, height, width]</c>, or <c>[batch, frames, 3, height, width]</c> as pipelines return them; of any floating type,
    /// on any device, with values in [0, 1].
    /// </param>
    /// <param name="framesPerSecond">The rate at which they are shown.</param>
    /// <param name="batchIndex">Which film of a batch to take.</param>
    /// <exception cref="ArgumentException">The tensor has another form, nothing in it, or values that are no colours.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not a positive number, or the batch has no such film.</exception>
    public Film(Tensor frames, double framesPerSecond, int batchIndex = 0)
        : this(FrameBytes.Of(frames, batchIndex), (int)frames.shape[^1], (int)frames.shape[^2], framesPerSecond)
    {
    }

    internal Film(byte[][] frames, int width, int height, double framesPerSecond)
    {
        CheckRate(framesPerSecond);
        (_frames, Width, Height, FramesPerSecond) = (frames, width, height, framesPerSecond);
    }

    /// <summary>How many frames there are.</summary>
    public int FrameCount => _frames.Length;

    /// <summary>In pixels.</summary>
    public int Width { get; }

    /// <summary>In pixels.</summary>
    public int Height { get; }

    /// <summary>The rate at which the frames are shown.</summary>
    public double FramesPerSecond { get; }

    /// <summary>One frame: red, green and blue of every pixel, row by row from the top.</summary>
    /// <param name="index">Which, from 0.</param>
    public ReadOnlyMemory<byte> this[int index] => _frames[index];

    /// <summary>The frames as arrays, for libraries that take nothing else. They are not to be written to.</summary>
    internal IReadOnlyList<byte[]> Frames => _frames;

    /// <summary>The same film with a square of pixels for each pixel.</summary>
    /// <param name="factor">The sides of the squares, in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is below 1, or the film would be wider or higher than an array is long.</exception>
    public Film Enlarged(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, Math.Sqrt(Array.MaxLength / (3.0 * Width * Height)));
        return factor == 1
            ? this
            : new Film([.. _frames.Select(frame => FrameBytes.Enlarged(frame, Width, Height, factor))], Width * factor, Height * factor, FramesPerSecond);
    }

    /// <summary>
    /// Says whether <see cref="Save"/> could write to a path, so that a long run need not end in finding out that it cannot.
    /// </summary>
    /// <param name="path">As for <see cref="Save"/>.</param>
    /// <param name="framesPerSecond">The rate of the film that is to be made.</param>
    /// <param name="isPicture">Whether it will have one frame, which a single PNG holds.</param>
    /// <exception cref="ArgumentException">The path's end names no known format, nothing is before it, or the pattern has no number in it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not a positive number, or the format cannot show it.</exception>
    /// <exception cref="NotSupportedException">The format needs FFmpeg, and it is not installed or has no H.264 encoder.</exception>
    /// <exception cref="IOException">The folder does not exist, the path is one, or the name cannot be given to a file.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public static void CheckTarget(string path, double framesPerSecond, bool isPicture = false)
    {
        CheckRate(framesPerSecond);
        var format = FilmFormat.Of(path);
        format.CheckFrames(isPicture);
        format.Check(framesPerSecond);
        WholeFile.CheckTarget(path);
    }

    /// <summary>Refuses a film that does not fit into what the path's end names, or into memory, however little of it is free.</summary>
    /// <param name="path">As for <see cref="Save"/>.</param>
    /// <param name="isPicture">Whether it will have one frame.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <exception cref="ArgumentException">It does not.</exception>
    internal static void CheckForm(string path, bool isPicture, long width, long height)
    {
        var format = FilmFormat.Of(path);
        format.CheckFrames(isPicture);
        format.CheckSize(width, height);
        if (3.0 * width * height > Array.MaxLength)
            throw new ArgumentException($"A frame has at most {Array.MaxLength} bytes, and one of {width} × {height} pixels would have more.");
    }

    /// <summary>The bytes that no film of this size takes less than at a path, by arithmetic; 0 where there is no saying, as for MP4.</summary>
    internal static long LeastBytes(string path, long frames, long width, long height) => FilmFormat.Of(path).LeastBytes(frames, width, height);

    /// <summary>
    /// Writes the film in the format that the path's end names: <c>.mp4</c> (H.264, with FFmpeg, which must be installed), <c>.webp</c>
    /// or <c>.gif</c> (animated, repeating for ever), or a pattern such as <c>frames/%04d.png</c> (one picture a frame, from 0); a film of one frame needs no pattern.
    /// </summary>
    /// <remarks>
    /// What is unfinished lies in a folder of its own beside the target, and takes the target's place, replacing what is there, only
    /// when it is whole: failing, being cancelled or running out of space leaves everything as it was. MP4 takes even sizes only, so the last
    /// column or row of an odd size is doubled there.
    /// </remarks>
    /// <param name="path">Where to.</param>
    /// <param name="progress">Hears how many frames the encoder has taken.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="ArgumentException">As for <see cref="CheckTarget"/>, as are the other exceptions; or the format holds no pictures of that size.</exception>
    /// <exception cref="IOException">Writing failed, for want of space for example.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Save(string path, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var format = FilmFormat.Of(path);
        format.CheckFrames(isPicture: FrameCount == 1);
        format.CheckSize(Width, Height);
        format.Check(FramesPerSecond);
        WholeFile.WriteAll(path, unfinished => format.Write(this, unfinished, progress, cancellationToken));
    }

    /// <summary>Refuses another film that is not of this one's size, number of frames and rate.</summary>
    /// <param name="other">The other.</param>
    /// <param name="name">What it was given as.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    internal void RequireAlike(Film other, string name)
    {
        if (Form != other.Form)
            throw new ArgumentException($"Films that are shown together must be alike in form, got {Form} and {other.Form}.", name);
    }

    private string Form => FormattableString.Invariant($"{FrameCount} frames of {Width} × {Height} at {FramesPerSecond} a second");

    private static void CheckRate(double framesPerSecond)
    {
        if (!(framesPerSecond > 0 && double.IsFinite(framesPerSecond)))
            throw new ArgumentOutOfRangeException(nameof(framesPerSecond), FormattableString.Invariant($"Frames per second must be above 0, got {framesPerSecond}."));
    }
}
