namespace Afterimage.Video.Formats;

/// <summary>An animated picture that repeats for ever.</summary>
/// <param name="name">What it is called.</param>
/// <param name="ticksPerSecond">The unit that it counts time in.</param>
/// <param name="fastest">The most frames a second that viewers show as asked.</param>
/// <param name="longestSide">The most pixels that it has numbers for.</param>
internal abstract class AnimationFormat(string name, int ticksPerSecond, double fastest, int longestSide) : FilmFormat
{
    public override void Check(double framesPerSecond) => CheckRate(name, framesPerSecond, fastest);

    public override void CheckSize(long width, long height)
    {
        if (Math.Max(width, height) > longestSide)
            throw new ArgumentException($"{name} holds pictures of up to {longestSide} × {longestSide} pixels, got {width} × {height}.");
    }

    public override void Write(Film film, string path, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        using var file = File.Create(path);
        Write(film, file, frame =>
        {
            progress?.Report(frame + 1);
            cancellationToken.ThrowIfCancellationRequested();
        });
    }

    /// <summary>Writes the whole animation.</summary>
    /// <param name="film">What it shows.</param>
    /// <param name="target">Written from its beginning to its end.</param>
    /// <param name="onFrame">Called with the number of each frame when it is encoded; it may throw.</param>
    protected abstract void Write(Film film, Stream target, Action<int> onFrame);

    /// <summary>How long a frame is shown. Rounded in sum, so that a film of many frames keeps its length.</summary>
    protected int TicksOf(Film film, int frame) => (int)(End(film, frame + 1) - End(film, frame));

    private long End(Film film, int frames) => (long)Math.Round(frames * ticksPerSecond / film.FramesPerSecond);
}
