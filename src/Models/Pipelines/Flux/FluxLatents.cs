using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Latents of pictures as Flux takes them: tokens of 2 × 2. Source: diffusers <c>pipelines/flux/pipeline_flux.py</c> (_pack_latents).</summary>
internal static class FluxLatents
{
    /// <summary>[batch, channels, height, width] to [batch, height / 2 × width / 2, channels × 4].</summary>
    public static Tensor Pack(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var (batch, channels, rows, columns) = (latents.size(0), latents.size(1), latents.size(2) / 2, latents.size(3) / 2);
        return latents.view(batch, channels, rows, 2, columns, 2).permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, channels * 4).MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Pack"/> packed.</summary>
    public static Tensor Unpack(Tensor tokens, int height, int width)
    {
        using var scope = NewDisposeScope();
        var (batch, channels) = (tokens.size(0), tokens.size(2) / 4);
        return tokens.view(batch, height / 2, width / 2, channels, 2, 2).permute(0, 3, 1, 4, 2, 5).reshape(batch, channels, height, width).MoveToOuterDisposeScope();
    }
}
