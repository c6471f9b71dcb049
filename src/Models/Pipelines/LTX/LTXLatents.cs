using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Latents of videos as LTX takes them: one token for each patch. Source: diffusers <c>pipelines/ltx/pipeline_ltx.py</c> (_pack_latents).</summary>
internal static class LTXLatents
{
    /// <summary>[batch, channels, frames, height, width] to [batch, patches, channels × patch].</summary>
    public static Tensor Pack(Tensor latents, LTXVideoTransformer3DModelConfig config)
    {
        using var scope = NewDisposeScope();
        var (depth, side) = (config.PatchSizeT, config.PatchSize);
        return latents
            .reshape(latents.size(0), latents.size(1), latents.size(2) / depth, depth, latents.size(3) / side, side, latents.size(4) / side, side)
            .permute(0, 2, 4, 6, 1, 3, 5, 7).flatten(4, 7).flatten(1, 3).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>What <see cref="Pack"/> packed.</summary>
    public static Tensor Unpack(Tensor tokens, (int Frames, int Rows, int Columns) grid, LTXVideoTransformer3DModelConfig config)
    {
        using var scope = NewDisposeScope();
        var (depth, side) = (config.PatchSizeT, config.PatchSize);
        return tokens
            .reshape(tokens.size(0), grid.Frames / depth, grid.Rows / side, grid.Columns / side, -1, depth, side, side)
            .permute(0, 4, 1, 5, 2, 6, 3, 7).flatten(6, 7).flatten(4, 5).flatten(2, 3).contiguous().MoveToOuterDisposeScope();
    }
}
