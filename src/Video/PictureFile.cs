using SkiaSharp;
using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>Pictures on the disk, as pipelines that begin with one take them.</summary>
public static class PictureFile
{
    /// <summary>Reads a PNG or JPEG; what is transparent in it is as on black.</summary>
    /// <param name="path">The file.</param>
    /// <param name="height">The height to resize it to; its own if not given. Proportions are not kept, as diffusers does not keep them.</param>
    /// <param name="width">The width to resize it to.</param>
    /// <returns>[3, height, width] in [0, 1], float32, on the CPU. The caller owns it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no picture that can be read, or a pipe, a device or a folder.</exception>
    /// <exception cref="InsufficientMemoryException">It has more pixels than fit into memory.</exception>
    public static Tensor Load(string path, int? height = null, int? width = null)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: no such picture", path);
        using var file = new MemoryStream(RegularFile.ReadBytes(path));
        using var codec = SKCodec.Create(file) ?? throw NoPicture(path);
        MemoryEstimate.Require($"{path} of {codec.Info.Width} × {codec.Info.Height} pixels", 4.0 * codec.Info.Width * codec.Info.Height, "the picture", "give a smaller one");
        using var decoded = SKBitmap.Decode(codec) ?? throw NoPicture(path);
        var form = new SKImageInfo(width ?? decoded.Width, height ?? decoded.Height, SKColorType.Rgba8888, SKAlphaType.Premul);
        using var picture = decoded.Resize(form, new SKSamplingOptions(SKCubicResampler.CatmullRom))
            ?? throw new InvalidDataException($"{path}: a picture of {decoded.Width} × {decoded.Height} that cannot be resized to {form.Width} × {form.Height}");
        using var scope = NewDisposeScope();
        var bytes = tensor(picture.GetPixelSpan().ToArray(), [form.Height, form.Width, 4], ScalarType.Byte, CPU);
        return bytes.narrow(2, 0, 3).permute(2, 0, 1).to(ScalarType.Float32).Over(255).contiguous().MoveToOuterDisposeScope();
    }

    private static InvalidDataException NoPicture(string path) => new($"{path}: not a picture that can be read: expected a PNG or a JPEG");
}
