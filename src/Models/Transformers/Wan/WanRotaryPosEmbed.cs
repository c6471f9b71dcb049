using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The rotary positions of latents, kept for the last size. Source: diffusers <c>models/transformers/transformer_wan.py</c>
/// (WanRotaryPosEmbed).
/// </summary>
public sealed class WanRotaryPosEmbed : Module<Tensor, RotaryEmbedding>
{
    private readonly LastValue<(long Frames, long Rows, long Columns, DeviceType Type, int Index), RotaryEmbedding> _last = new();
    private readonly (int Frames, int Rows, int Columns) _patch;
    private readonly long[] _dims;

    /// <summary>Builds the layer.</summary>
    /// <param name="config">The model's config.</param>
    public WanRotaryPosEmbed(WanTransformer3DModelConfig config)
        : base(nameof(WanRotaryPosEmbed))
    {
        ArgumentNullException.ThrowIfNull(config);
        _patch = config.PatchSize;
        long spatial = 2 * (config.AttentionHeadDim / 6);
        _dims = [config.AttentionHeadDim - 2 * spatial, spatial, spatial];
        RegisterComponents();
    }

    /// <summary>The positions of latents.</summary>
    /// <param name="latents">[batch, channels, frames, height, width]</param>
    /// <returns>Tables of [frames × rows × columns, head dim], owned by this layer.</returns>
    public override RotaryEmbedding forward(Tensor latents)
    {
        var (frames, rows, columns) = (
            latents.size(2) / _patch.Frames, latents.size(3) / _patch.Rows, latents.size(4) / _patch.Columns);
        var device = latents.device;
        return _last.For((frames, rows, columns, device.type, device.index), () =>
        {
            using var ids = RotaryGrid.Ids(frames, rows, columns, device);
            return RotaryGrid.OfIds(ids, _dims).Detached();
        });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _last.Dispose();
        base.Dispose(disposing);
    }
}
