namespace Afterimage.Models;

public sealed partial class AutoencoderKLAllegro
{
    private const int SampleFrames = 24;
    private const int OverlapFrames = 8;
    private const int OverlapHeight = 120;
    private const int OverlapWidth = 80;

    /// <summary>The frames, height and width of a tile, in pixels; at first 24 frames of the config's sample size.</summary>
    public (int Frames, int Height, int Width) Kernel { get; set; }

    /// <summary>How far one tile is from the next; at first 8 frames, 120 rows and 80 columns less than <see cref="Kernel"/>.</summary>
    public (int Frames, int Height, int Width) Stride { get; set; }

    private AllegroTiles TilesOfEncoding
    {
        get
        {
            CheckTiles(Kernel, Stride);
            return new(
                new("frames", Kernel.Frames, Stride.Frames, Kernel.Frames / TimeRatio, Stride.Frames / TimeRatio),
                new("a height", Kernel.Height, Stride.Height, Kernel.Height / SizeRatio, Stride.Height / SizeRatio),
                new("a width", Kernel.Width, Stride.Width, Kernel.Width / SizeRatio, Stride.Width / SizeRatio));
        }
    }

    private AllegroTiles TilesOfDecoding
    {
        get
        {
            CheckTiles(Kernel, Stride);
            return new(
                new("latent frames", Kernel.Frames / TimeRatio, Stride.Frames / TimeRatio, Kernel.Frames, Stride.Frames),
                new("a latent height", Kernel.Height / SizeRatio, Stride.Height / SizeRatio, Kernel.Height, Stride.Height),
                new("a latent width", Kernel.Width / SizeRatio, Stride.Width / SizeRatio, Kernel.Width, Stride.Width));
        }
    }

    private int TimeRatio => Config.TemporalCompressionRatio;

    private int SizeRatio => SpatialCompressionRatio;

    /// <inheritdoc/>
    public override void EnableTiling() => EnableTiling(kernel: null);

    /// <summary>Encodes and decodes in tiles from now on. What is not given stays as it is.</summary>
    /// <param name="kernel"><see cref="Kernel"/></param>
    /// <param name="stride"><see cref="Stride"/></param>
    /// <exception cref="ArgumentException">A tile or stride is no whole number of latents, or tiles would not advance or leave something out.</exception>
    public void EnableTiling((int Frames, int Height, int Width)? kernel = null, (int Frames, int Height, int Width)? stride = null)
    {
        var (size, step) = (kernel ?? Kernel, stride ?? Stride);
        CheckTiles(size, step);
        (Kernel, Stride, UseTiling) = (size, step, true);
    }

    private void CheckTiles((int Frames, int Height, int Width) kernel, (int Frames, int Height, int Width) stride)
    {
        CheckAxis("frames", kernel.Frames, stride.Frames, TimeRatio);
        CheckAxis("height", kernel.Height, stride.Height, SizeRatio);
        CheckAxis("width", kernel.Width, stride.Width, SizeRatio);
    }

    private static void CheckAxis(string axis, int size, int stride, int ratio)
    {
        if (size % ratio != 0 || stride % ratio != 0 || stride < ratio || stride > size)
            throw new ArgumentException(
                $"expected a kernel and a stride in multiples of the {ratio} in {axis} of one latent, and a stride of one latent up to the kernel; got {size} and {stride}",
                nameof(stride));
    }
}
