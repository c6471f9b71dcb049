using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Makes of pictures what <see cref="CLIPVisionModel"/> takes: resized, cut out and normalised. The results are those that transformers has of
/// pictures of bytes, as its class in Python makes them with Pillow. Thread-safe. Source: transformers <c>models/clip/image_processing_clip.py</c>.
/// </summary>
public sealed class CLIPImageProcessor
{
    private const string FileName = "preprocessor_config.json";
    private const string Remedy = $"check {FileName}, or take smaller pictures";

    /// <summary>Makes a processor.</summary>
    /// <param name="config">Its settings.</param>
    /// <exception cref="ArgumentException">Nothing can be made of them.</exception>
    /// <exception cref="NotSupportedException">The filter is not here.</exception>
    public CLIPImageProcessor(CLIPImageProcessorConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Check();
        Config = config;
    }

    /// <summary>The settings.</summary>
    public CLIPImageProcessorConfig Config { get; }

    /// <summary>Reads a processor's folder as transformers saves it.</summary>
    /// <param name="folder">
    /// The folder of <c>preprocessor_config.json</c> (in a pipeline's folder, <c>image_processor</c>), or a name in the Hub's cache
    /// (<see cref="HubCache"/>), as <c>org/name/image_processor</c>.
    /// </param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It has a value that cannot be used; the message names it.</exception>
    /// <exception cref="NotSupportedException">It asks for a filter that is not here.</exception>
    public static CLIPImageProcessor FromPretrained(string folder, string? revision = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        folder = HubCache.FolderOf(folder, revision);
        return new CLIPImageProcessor(JsonConfig.FromTransformersFile<CLIPImageProcessorConfig>(Path.Combine(folder, FileName)));
    }

    /// <summary>Makes pixel values. They are rounded to bytes before and after resizing, as those of a picture in a file are.</summary>
    /// <param name="images">[batch, 3, height, width] in [0, 1], floating-point numbers.</param>
    /// <returns>
    /// [batch, 3, crop height, crop width] in float32, on the device of <paramref name="images"/>, the caller's; of the resized or the given size where
    /// nothing is cut out.
    /// </returns>
    /// <exception cref="ArgumentException">The pictures are of another shape or type, or outside of [0, 1].</exception>
    /// <exception cref="NotFiniteNumberException">They are not finite.</exception>
    /// <exception cref="InsufficientMemoryException">What the settings ask for does not fit into memory.</exception>
    public Tensor Preprocess(Tensor images)
    {
        CheckForm(images);
        CheckMemory(images);
        using var scope = NewDisposeScope();
        var pixels = Bytes(images);
        var (height, width) = ResizedSize(images);
        if ((height, width) != (images.size(2), images.size(3)))
            pixels = Resampling.Of(Config.Resample).Resize(pixels, height, width);
        if (Config.DoCenterCrop)
            pixels = Middle(Middle(pixels, 2, Config.CropSize.Height), 3, Config.CropSize.Width);
        if (Config.DoRescale)
            pixels = pixels.to(ScalarType.Float64).Times(Config.RescaleFactor).to(ScalarType.Float32);
        if (Config.DoNormalize)
            pixels = pixels.Minus(PerChannel(Config.ImageMean, pixels.device)).Over(PerChannel(Config.ImageStd, pixels.device));
        return pixels.contiguous().MoveToOuterDisposeScope();
    }

    private (long Height, long Width) ResizedSize(Tensor images)
    {
        var (height, width) = (images.size(2), images.size(3));
        return Config.DoResize ? Config.Size.Of(height, width) : (height, width);
    }

    /// <summary>Whole numbers from 0 to 255 in float32.</summary>
    private static Tensor Bytes(Tensor images)
    {
        using var scope = NewDisposeScope();
        var pixels = images.to(ScalarType.Float32);
        FiniteCheck.Of(pixels, "The pictures' values");
        var bytes = pixels.Times(255).round_();
        var (lowest, highest) = (bytes.min().Number<float>(), bytes.max().Number<float>());
        if (lowest < 0 || highest > 255)
            throw new ArgumentException($"expected pictures in [0, 1], found {lowest / 255:g4} to {highest / 255:g4}", nameof(images));
        return bytes.MoveToOuterDisposeScope();
    }

    /// <summary>The middle of an axis, with as much black around it as is missing.</summary>
    private static Tensor Middle(Tensor pixels, int axis, long size)
    {
        var excess = pixels.size(axis) - size;
        if (excess >= 0)
            return pixels.narrow(axis, excess / 2, size);
        var before = (1 - excess) / 2;
        var after = -excess - before;
        return nn.functional.pad(pixels, axis == 2 ? [0, 0, before, after] : [before, after]);
    }

    private static Tensor PerChannel((double Red, double Green, double Blue) values, Device device) =>
        HostTraffic.Sent(new[] { (float)values.Red, (float)values.Green, (float)values.Blue }, device).view(1, 3, 1, 1);

    private static void CheckForm(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() != 4 || images.size(1) != 3 || images.shape.Contains(0) || !images.is_floating_point())
            throw InputCheck.Bad("[batch, 3, height, width], floating-point numbers", images, nameof(images));
    }

    private void CheckMemory(Tensor images)
    {
        var (height, width) = ResizedSize(images);
        var planes = 3.0 * images.size(0);
        MemoryEstimate.Require(
            $"size {height} × {width} of pictures of {images.size(2)} × {images.size(3)}",
            planes * height * width * sizeof(float) + ((double)height * images.size(2) + (double)width * images.size(3)) * sizeof(double),
            "resizing",
            Remedy);
        if (Config.DoCenterCrop)
        {
            var (rows, columns) = (Config.CropSize.Height, Config.CropSize.Width);
            MemoryEstimate.Require($"crop_size {rows} × {columns}", planes * rows * columns * sizeof(float), "the pictures", Remedy);
        }
    }
}
