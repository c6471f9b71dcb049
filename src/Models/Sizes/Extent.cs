namespace Afterimage.Models;

/// <summary>
/// The size of a video between two layers, or of pictures, which are its frames. In numbers beyond all whole ones, for any size can be asked about.
/// </summary>
/// <param name="Batch">How many there are.</param>
/// <param name="Channels">Of each point.</param>
/// <param name="Frames">Of each.</param>
/// <param name="Height">Of a frame.</param>
/// <param name="Width">Of a frame.</param>
/// <param name="NumberBytes">Of a number.</param>
/// <param name="Begins">Whether these are the first frames, or others are before them.</param>
internal readonly record struct Extent(double Batch, double Channels, double Frames, double Height, double Width, int NumberBytes, bool Begins = true)
{
    /// <summary>How many numbers there are.</summary>
    public double Numbers => Batch * Channels * Frames * Height * Width;

    /// <summary>The bytes of all numbers.</summary>
    public double Bytes => Numbers * NumberBytes;

    /// <summary>As wide as the least type that some arithmetic is done in, float32.</summary>
    public Extent InSingle => this with { NumberBytes = Math.Max(NumberBytes, sizeof(float)) };

    /// <summary>Made larger.</summary>
    public Extent Times(double frames, double size) => Times(frames, size, size);

    /// <summary>Made larger.</summary>
    public Extent Times(double frames, double rows, double columns) => this with { Frames = Frames * frames, Height = Height * rows, Width = Width * columns };
}
