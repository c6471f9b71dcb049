namespace Afterimage.Models;

public sealed partial class AutoencoderKLAllegro
{
    private const int SampleFrames = 24;
    private const int OverlapFrames = 8;
    private const int OverlapHeight = 120;
    private const int OverlapWidth = 80;

    /// <summary>The frames, height and width of a tile, in pixels; at first 24 frames of the config's sample size.</summary>
    public (int Frames, int Height, int Width) Kernel { get; private set; }

    /// <summary>How far one tile is from the next; at first 8 frames, 120 rows and 80 columns less than <see cref="Kernel"/>.</summary>
    public (int Frames, int Height, int Width) Stride { get; private set; }

    private AllegroTiles TilesOfEncoding => new(
        AxisOver("frames", Kernel.Frames, Stride.Frames, 1, Config.TemporalCompressionRatio),
        AxisOver("a height", Kernel.Height, Stride.Height, 1, SpatialCompressionRatio),
        AxisOver("a width", Kernel.Width, Stride.Width, 1, SpatialCompressionRatio));

    private AllegroTiles TilesOfDecoding => new(
        AxisOver("latent frames", Kernel.Frames, Stride.Frames, Config.TemporalCompressionRatio, 1),
        AxisOver("a latent height", Kernel.Height, Stride.Height, SpatialCompressionRatio, 1),
        AxisOver("a latent width", Kernel.Width, Stride.Width, SpatialCompressionRatio, 1));

    /// <inheritdoc/>
    public override void EnableTiling() => EnableTiling(kernel: null);

    /// <summary>Encodes and decodes in tiles from now on. What is not given stays as it is.</summary>
    /// <param name="kernel"><see cref="Kernel"/></param>
    /// <param name="stride"><see cref="Stride"/></param>
    /// <exception cref="ArgumentException">A tile or stride is no whole number of latents, or tiles would not advance or leave something out.</exception>
    public void EnableTiling((int Frames, int Height, int Width)? kernel = null, (int Frames, int Height, int Width)? stride = null)
    {
        var (size, step) = (kernel ?? Kernel, stride ?? Stride);
        CheckAxis("frames", size.Frames, step.Frames, Config.TemporalCompressionRatio);
        CheckAxis("height", size.Height, step.Height, SpatialCompressionRatio);
        CheckAxis("width", size.Width, step.Width, SpatialCompressionRatio);
        (Kernel, Stride, UseTiling) = (size, step, true);
    }

    private static AllegroTileAxis AxisOver(string name, int size, int stride, int taken, int given) =>
        new(name, size / taken, stride / taken, size / given, stride / given);

    private static void CheckAxis(string axis, int size, int stride, int ratio)
    {
        if (size % ratio != 0 || stride % ratio != 0 || stride < ratio || stride > size)
            throw new ArgumentException(
                $"expected a kernel and a stride in multiples of the {ratio} in {axis} of one latent, and a stride of one latent up to the kernel; got {size} and {stride}",
                nameof(stride));
    }
}
