using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The rotary positions of latents: the frame, row and column of every patch, kept for the last size. Sources: diffusers
/// <c>models/transformers/transformer_wan.py</c> (WanRotaryPosEmbed) and <c>transformer_hunyuan_video.py</c> (HunyuanVideoRotaryPosEmbed).
/// </summary>
public sealed class GridRotaryPosEmbed : Module<Tensor, RotaryEmbedding>
{
    private readonly LastValue<(long Frames, long Rows, long Columns, DeviceType Type, int Index), RotaryEmbedding> _last = new();
    private readonly (long Frames, long Rows, long Columns) _patch;
    private readonly long[] _dims;
    private readonly double _theta;
    private readonly ScalarType _precision;

    /// <summary>Builds the layer.</summary>
    /// <param name="patch">Frames, rows and columns of a patch.</param>
    /// <param name="dims">The channels of a head that belong to frames, rows and columns, even numbers.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="precision">The type that the angles are computed in.</param>
    public GridRotaryPosEmbed(
        (long Frames, long Rows, long Columns) patch, ReadOnlySpan<long> dims, double theta = 10000, ScalarType precision = ScalarType.Float64)
        : base(nameof(GridRotaryPosEmbed))
    {
        (_patch, _dims, _theta, _precision) = (patch, dims.ToArray(), theta, precision);
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
            return RotaryGrid.OfIds(ids, _dims, _theta, _precision).Detached();
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
