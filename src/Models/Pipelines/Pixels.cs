using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>From what autoencoders give to what is shown. Source: diffusers <c>video_processor.py</c>, <c>image_processor.py</c>.</summary>
internal static class Pixels
{
    /// <summary>[batch, channels, frames, height, width] around [−1, 1], which is written to, to [batch, frames, channels, height, width] in [0, 1], float32, on the CPU.</summary>
    /// <exception cref="NotFiniteNumberException">They are not finite.</exception>
    public static Tensor OfVideo(Tensor video) => InPlace(video).transpose(1, 2).MovedTo(ScalarType.Float32, CPU).contiguous();

    /// <summary>[batch, channels, height, width] around [−1, 1], which is written to, to [0, 1], float32, on the CPU.</summary>
    /// <exception cref="NotFiniteNumberException">They are not finite.</exception>
    public static Tensor OfPictures(Tensor pictures) => InPlace(pictures).MovedTo(ScalarType.Float32, CPU).contiguous();

    private static Tensor InPlace(Tensor decoded)
    {
        FiniteCheck.Of(decoded, "The decoded frames");
        return decoded.Times_(0.5).Plus_(0.5).Clamp_(0, 1);
    }
}
