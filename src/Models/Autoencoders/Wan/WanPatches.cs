using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Square patches of a video's frames as channels. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>patchify</c> and
/// <c>unpatchify</c>.
/// </summary>
internal static class WanPatches
{
    /// <summary>
    /// [batch, channels, frames, height, width] to [batch, channels · size · size, frames, height / size, width / size]. The caller owns the
    /// result.
    /// </summary>
    public static Tensor Packed(Tensor video, int size)
    {
        if (size == 1)
            return video.alias();
        using var scope = NewDisposeScope();
        return video
            .unflatten(4, [video.size(4) / size, size])
            .unflatten(3, [video.size(3) / size, size])
            .permute(0, 1, 6, 4, 2, 3, 5) // batch, channels, column in the patch, row in it, frames, rows, columns
            .flatten(1, 3)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The way back. The caller owns the result.</summary>
    public static Tensor Unpacked(Tensor patches, int size)
    {
        if (size == 1)
            return patches.alias();
        using var scope = NewDisposeScope();
        return patches
            .unflatten(1, [patches.size(1) / size / size, size, size])
            .permute(0, 1, 4, 5, 3, 6, 2)
            .flatten(5, 6)
            .flatten(3, 4)
            .MoveToOuterDisposeScope();
    }
}
