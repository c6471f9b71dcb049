namespace Afterimage.Models;

/// <summary>
/// The settings of <see cref="CLIPImageProcessor"/>, with the names (in snake_case) and defaults of transformers'
/// <c>preprocessor_config.json</c>. Source: transformers <c>models/clip/image_processing_clip.py</c>.
/// </summary>
public sealed record CLIPImageProcessorConfig : PretrainedConfig
{
    /// <summary>Whether pictures are resized to <see cref="Size"/>.</summary>
    public bool DoResize { get; init; } = true;

    /// <summary>What they are resized to; in a file a lone number is the shorter edge.</summary>
    public PictureSize Size { get; init; } = PictureSize.OfShorterEdge(224);

    /// <summary>Pillow's number of the filter: 1 Lanczos, 2 bilinear, 3 bicubic.</summary>
    public int Resample { get; init; } = 3;

    /// <summary>Whether the middle is cut out, of <see cref="CropSize"/>.</summary>
    public bool DoCenterCrop { get; init; } = true;

    /// <summary>What is cut out; in a file a lone number is a square. What the picture does not have is black.</summary>
    public PictureSize CropSize { get; init; } = new(224, 224);

    /// <summary>Whether pixels, which are 0 to 255, are multiplied with <see cref="RescaleFactor"/>.</summary>
    public bool DoRescale { get; init; } = true;

    /// <summary>The factor.</summary>
    public double RescaleFactor { get; init; } = 1 / 255.0;

    /// <summary>Whether pixels then lose their mean and are divided by their deviation.</summary>
    public bool DoNormalize { get; init; } = true;

    /// <summary>The mean of each channel.</summary>
    public (double Red, double Green, double Blue) ImageMean { get; init; } = (0.48145466, 0.4578275, 0.40821073);

    /// <summary>The deviation of each channel.</summary>
    public (double Red, double Green, double Blue) ImageStd { get; init; } = (0.26862954, 0.26130258, 0.27577711);

    /// <summary>Read and kept: pictures are red, green and blue here.</summary>
    public bool DoConvertRgb { get; init; } = true;

    /// <summary>Throws where nothing can be made of these settings.</summary>
    internal override void Check()
    {
        Resampling.Of(Resample);
        foreach (var (size, name) in new[] { (Size, "size"), (CropSize, "crop_size") })
        {
            ConfigCheck.Positive(size.Height, name);
            ConfigCheck.Positive(size.Width, name);
        }
        ConfigCheck.Factor(RescaleFactor, "rescale_factor");
        foreach (var deviation in new[] { ImageStd.Red, ImageStd.Green, ImageStd.Blue })
            ConfigCheck.Factor(deviation, "image_std");
        if (!double.IsFinite(ImageMean.Red + ImageMean.Green + ImageMean.Blue))
            throw new ArgumentException($"expected image_mean of finite numbers, found {ImageMean}");
    }
}
