using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Applies operations on pictures to videos.</summary>
internal static class Framewise
{
    /// <summary>[batch, channels, frames, height, width], with the operation applied to every frame. The caller owns the result.</summary>
    public static Tensor Apply(Tensor video, Func<Tensor, Tensor> operation)
    {
        using var scope = NewDisposeScope();
        var (batch, frames) = (video.size(0), video.size(2));
        var pictures = operation(video.transpose(1, 2).flatten(0, 1));
        return pictures.unflatten(0, [batch, frames]).transpose(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Apply"/> holds, with the frames in the order of pictures.</summary>
    public static Func<Extent, Footprint> Measure(Func<Extent, Footprint> operation) => video =>
    {
        var pictures = operation(video);
        return pictures with { Peak = pictures.Peak + video.Bytes };
    };

    /// <summary>
    /// [batch, 2 × channels, frames, height, width] to [batch, channels, 2 × frames, height, width]: each frame becomes two, of one half of its
    /// channels each. The caller owns the result.
    /// </summary>
    public static Tensor Doubled(Tensor video)
    {
        using var scope = NewDisposeScope();
        return video.unflatten(1, [2, video.size(1) / 2]).permute(0, 2, 3, 1, 4, 5).flatten(2, 3).MoveToOuterDisposeScope();
    }
}
