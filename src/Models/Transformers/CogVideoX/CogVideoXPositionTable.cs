using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// The computed positions of the video tokens, kept for the last size, type and device asked for. Not a buffer: no checkpoint
/// holds them.
/// </summary>
internal sealed class CogVideoXPositionTable(CogVideoXTransformer3DModelConfig config) : IDisposable
{
    private readonly LastValue<(long Frames, long Height, long Width, ScalarType Type, DeviceType Device, int Index), Tensor> _tables = new();

    /// <summary>The number of latent frames that a model's own table is for.</summary>
    public static long LatentFrames(CogVideoXTransformer3DModelConfig config) =>
        (config.SampleFrames - 1) / config.TemporalCompressionRatio + 1;

    /// <summary>The positions of latents of a size, in float64: [1, video, dim].</summary>
    public static Tensor Compute(CogVideoXTransformer3DModelConfig config, long frames, long height, long width, Device? device)
    {
        using var table = SinCosPositions.Table3D(
            config.InnerDim,
            width / config.PatchSize,
            height / config.PatchSize,
            frames,
            config.SpatialInterpolationScale,
            config.TemporalInterpolationScale,
            device);
        return table.view(1, -1, config.InnerDim);
    }

    /// <summary>The positions for tokens like <paramref name="tokens"/>, [1, video, dim]. Owned by this table.</summary>
    public Tensor For(long frames, long height, long width, Tensor tokens)
    {
        var key = (frames, height, width, tokens.dtype, tokens.device_type, tokens.device_index);
        return _tables.For(key, () =>
        {
            using var wide = Compute(config, frames, height, width, tokens.device);
            return wide.to(tokens.dtype).DetachFromDisposeScope();
        });
    }

    public void Dispose() => _tables.Dispose();
}
